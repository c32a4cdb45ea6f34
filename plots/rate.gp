# SPDX-License-Identifier: GPL-3.0-or-later
#
# Requests a second.

load dir . '/lines.gp'
