/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_MODELS_EVENT_H
#define CAPSIM_MODELS_EVENT_H

#include "capsim/scenario.h"

/* What happens on the clock (capsim/incident.h), and what it does to the platform. */

struct cs_model;

/* event.c: after everything else is wired. */
void cs_events_wire(struct cs_model *model);
void cs_events_release(struct cs_model *model);

/* aftermath.c: how long it took after each event until the metrics had settled. */
void cs_aftermath_wire(struct cs_model *model);
void cs_aftermath_run(struct cs_model *model); /* after the run */
void cs_aftermath_release(struct cs_model *model);

/* deploy.c: every instance of the fleet gives way to a new one, at once, or one by
 * one and evenly over `rolling`; one that is still under way is finished at once. */
void cs_fleet_deploy(struct cs_model *model, uint32_t fleet, cs_time rolling);

/*
 * outage.c: the region is down, or back.  Going down, all that is in it ends with
 * 502; who sends next is routed elsewhere.  Outages of one region may overlap.
 */
void cs_region_set_down(struct cs_model *model, uint32_t region, bool is_down);

/*
 * reconfigure.c: the settings of another version of the scenario hold from now on.
 * Caps act at once: what is above a lowered one finishes what it runs and goes.  What
 * an instance is made of reaches new instances only.
 */
void cs_model_reconfigure(struct cs_model *model, const struct cs_scenario *version);

#endif
