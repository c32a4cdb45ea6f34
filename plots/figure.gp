# SPDX-License-Identifier: GPL-3.0-or-later
#
# Draws one figure on standard output, as SVG.  Arguments:
#   1 folder of the scripts   2 figure   3 data file   4 wide | narrow
#   5 lines   6 limits   7 'from to' in Unix seconds   8 'from to' of the values
#   9 'from to from to ...' of the events, in parts of the time axis, or ''
# The data file holds numbers only: a block a line (time, value, low, high),
# then a block a limit (time, value).  No text of a scenario comes here.

dir = ARG1
figure = ARG2
data = ARG3
is_narrow = ARG4 eq 'narrow'
lines = ARG5 + 0
limits = ARG6 + 0
x_lo = word(ARG7, 1) + 0
x_hi = word(ARG7, 2) + 0
y_lo = word(ARG8, 1) + 0
y_hi = word(ARG8, 2) + 0
marks = ARG9

load dir . '/style.gp'
load dir . '/' . figure . '.gp'
