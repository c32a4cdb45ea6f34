/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_WATCH_H
#define CAPSIM_MODELS_WATCH_H

#include "capsim/scenario.h"
#include "capsim/time.h"

struct cs_model;
struct cs_request;

/*
 * Alerts and dashboards of one replication, looked at in flight every `sample`
 * of the measured window.  NULL in a model whose scenario has none, which then
 * costs nothing.
 */
struct cs_watches;

/* After all rows are registered. */
void cs_watches_wire(struct cs_model *model);
void cs_watches_release(struct cs_model *model);
/* A request has been settled now, measured or not.  Call only if there are any. */
void cs_watches_settle(struct cs_model *model, const struct cs_request *request, int code,
                       bool is_timed, cs_time last_byte);

#endif
