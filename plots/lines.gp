# SPDX-License-Identifier: GPL-3.0-or-later
#
# Bands first, then the lines, then the limits over both.

plot for [i = 0:lines - 1] data index i using 1:3:4 with filledcurves \
         fc rgb color[i + 1] fs transparent solid 0.16 noborder, \
     for [i = 0:lines - 1] data index i using 1:2 with lines lt i + 1, \
     for [i = 0:limits - 1] data index lines + i using 1:2 with lines lt 11 + i
