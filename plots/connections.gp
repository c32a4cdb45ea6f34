# SPDX-License-Identifier: GPL-3.0-or-later
#
# Connections and backends against their caps.

load dir . '/lines.gp'
