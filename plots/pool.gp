# SPDX-License-Identifier: GPL-3.0-or-later
#
# Connections of the client pools.

load dir . '/lines.gp'
