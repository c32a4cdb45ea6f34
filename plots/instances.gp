# SPDX-License-Identifier: GPL-3.0-or-later
#
# Instances by state, stacked: each band lies on the one below it.

plot for [i = 0:lines - 1] data index i using 1:3:4 with filledcurves \
         fc rgb color[i + 1] fs transparent solid 0.35 + 0.15 * i noborder, \
     for [i = 0:lines - 1] data index i using 1:2 with lines lt i + 1 lw 1.2, \
     for [i = 0:limits - 1] data index lines + i using 1:2 with lines lt 11 + i
