/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_PROGRAM_H
#define CAPSIM_MODELS_PROGRAM_H

#include "capsim/scenario.h"

/*
 * A function's steps, compiled once to operations that one interpreter runs.
 * An operation either finishes at once or leaves the request waiting, to be
 * resumed at the next one.
 */
enum cs_op_code {
    CS_OP_LIMIT,   /* target: limiter */
    CS_OP_CPU,     /* of its step: vCPU seconds */
    CS_OP_WAIT,    /* of its step: seconds */
    CS_OP_ACQUIRE, /* target: database; a connection of the pool, or of its own */
    CS_OP_BEGIN,   /* a transaction has its connection */
    CS_OP_THERE,   /* half a round trip to the database */
    CS_OP_BACKEND, /* a backend of the gateway, unless the transaction has one */
    CS_OP_EXECUTE, /* query: which, and with it its time alone on the server */
    CS_OP_HOME,    /* the backend goes back; the other half of the round trip */
    CS_OP_DONE,    /* the connection goes back; repeat from `jump` until `count` */
    CS_OP_COMMIT,  /* a transaction's backend and connection go back */
    CS_OP_CALL,    /* target: dependency; attempts, up to a first byte */
    CS_OP_ANSWER,  /* ... and up to its last */
    CS_OP_HANG_UP, /* the dependency's slot goes back; repeat */
    CS_OP_RESPOND,
    CS_OP_END
};

struct cs_op {
    uint8_t code; /* enum cs_op_code */
    bool stream;
    bool is_held;  /* query: within a transaction, which keeps connection and backend */
    uint16_t step; /* for the draws, and where its times are in the scenario */
    uint32_t target;
    uint32_t query;
    uint32_t jump, count;
    uint32_t acquire; /* query: where its connection was asked for */
};

struct cs_program {
    struct cs_op *op;
    uint32_t n;
};

void cs_program_compile(struct cs_program *program, const struct cs_function *function);
void cs_program_release(struct cs_program *program);

#endif
