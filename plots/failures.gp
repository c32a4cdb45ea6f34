# SPDX-License-Identifier: GPL-3.0-or-later
#
# Shares of the requests that fail or are refused.

if (y_hi <= 2) {
    set format y '%.2f%%'
} else {
    set format y (y_hi <= 10 ? '%.1f%%' : '%.0f%%')
}
load dir . '/lines.gp'
