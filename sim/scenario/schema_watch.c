/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema_rows.h"

#define JSON_OF "{\"type\":\"object\",\"maxProperties\":1}"
#define OF_DOC "{function | fleet | database | region | zone | tier: NAME}; absent: everything"

static const struct cs_choice severity_words[] = {{"info", CS_SEVERITY_INFO},
                                                  {"warning", CS_SEVERITY_WARNING},
                                                  {"critical", CS_SEVERITY_CRITICAL},
                                                  {NULL, 0}};

static const struct cs_field alert_rows[] = {
    {.key = "expr",
     CUSTOM(alert_expr),
     AT(cs_alert, expr),
     .flags = CS_REQUIRED,
     .json = "{\"type\":\"string\"}",
     .doc = "such as \"errors(1m) > 5%\"; the range is the trailing window, 5m if absent"},
    {.key = "for",
     TIMES,
     AT(cs_alert, hold),
     .max = 30 * 86400.0,
     .fallback = "0s",
     .doc = "it fires when it has been true for so long without a break"},
    {.key = "severity",
     .type = CS_TYPE_CHOICE,
     AT(cs_alert, severity),
     .choice = severity_words,
     .fallback = "warning",
     .doc = "for the reader"},
    {.key = "of", CUSTOM(alert_of), AT(cs_alert, of), .json = JSON_OF, .doc = OF_DOC},
    LIKE,
};
SCHEMA(cs_schema_alert, "alert", alert_rows, sizeof(struct cs_alert));

static const struct cs_field dashboard_rows[] = {
    {.key = "warning",
     CUSTOM(health_warning),
     AT(cs_dashboard, warning),
     .json = "{\"type\":\"string\"}",
     .doc = "when it is no longer healthy, such as \"p(95, 5m) > 1s or errors(5m) > 1%\""},
    {.key = "critical",
     CUSTOM(health_critical),
     AT(cs_dashboard, critical),
     .json = "{\"type\":\"string\"}",
     .doc = "when it is worse than that"},
    {.key = "of", CUSTOM(health_of), AT(cs_dashboard, of), .json = JSON_OF, .doc = OF_DOC},
    LIKE,
};
SCHEMA(cs_schema_dashboard, "dashboard", dashboard_rows, sizeof(struct cs_dashboard));
