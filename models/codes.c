/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: every code that can be answered is known when the model is wired.
 * Equation:   none.
 * Source:     the scenario: what always has rows, and what its functions and events add.
 * Leaves out: -
 */
#include "meters.h"

#include "capsim/check.h"

#include "platform.h"

static void add_code(struct cs_meters *meters, int code)
{
    for (uint32_t i = 0; i < meters->n_codes; i++)
        if (meters->code[i] == code)
            return;
    CS_ASSERT(meters->n_codes < CS_CODES_MAX);
    meters->code_index[code] = (uint8_t)meters->n_codes;
    meters->code[meters->n_codes++] = code;
}

static void add_outcomes(struct cs_meters *meters, const struct cs_scenario *scenario)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        for (uint32_t k = 0; k < scenario->function[f].n_outcomes; k++)
            add_code(meters, scenario->function[f].outcome[k].code);
}

void cs_codes_find(struct cs_model *model)
{
    static const int always[] = {200, 404, 429, 499, 500, 502, 503, 504};
    const struct cs_scenario *scenario = model->scenario;

    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        add_code(&model->meters, always[i]);
    add_outcomes(&model->meters, scenario);
    for (uint32_t i = 0; i < scenario->n_versions; i++)
        add_outcomes(&model->meters, scenario->version[i].scenario);
    for (uint32_t i = 0; i < scenario->n_events; i++)
        if (scenario->event[i].error_burst.exists)
            add_code(&model->meters, (int)scenario->event[i].error_burst.code);
}

const char *cs_code_name(struct cs_model *model, uint32_t i)
{
    int code = model->meters.code[i];
    char *name = model->meters.code_name[i];

    name[0] = (char)('0' + code / 100);
    name[1] = (char)('0' + code / 10 % 10);
    name[2] = (char)('0' + code % 10);
    name[3] = '\0';
    return name;
}
