# SPDX-License-Identifier: GPL-3.0-or-later
#
# What every figure shares: size, colours, axes.  figure.gp sets the variables.

if (is_narrow) {
    set terminal svg size 360,270 dynamic font 'sans-serif,13' linewidth 1
} else {
    set terminal svg size 620,300 dynamic font 'sans-serif,13' linewidth 1
}
set termoption noenhanced
set encoding utf8
set decimalsign '.'

# Okabe and Ito's colours, told apart by dash as well.
set linetype 1 lc rgb '#0072b2' lw 2 dt solid
set linetype 2 lc rgb '#d55e00' lw 2 dt (10,4)
set linetype 3 lc rgb '#009e73' lw 2 dt (3,3)
set linetype 11 lc rgb '#7a4b8f' lw 1.6 dt (8,5)
set linetype 12 lc rgb '#7a4b8f' lw 1.6 dt (2,4)
set linetype 13 lc rgb '#7a4b8f' lw 1.6 dt (8,4,2,4)
set linetype 14 lc rgb '#7a4b8f' lw 1.6 dt (8,4,2,4,2,4)
axis_color = '#8b95a1'
grid_color = '#dfe3e8'
text_color = '#46505c'

set border 1 lc rgb axis_color lw 1
set tics nomirror scale 0.4,0 textcolor rgb text_color
set ytics scale 0,0
set grid ytics lt 1 lc rgb grid_color lw 1 dt solid
unset key
set samples 2
set bmargin 2.2
set tmargin 1.2
set rmargin 3
set lmargin (is_narrow ? 7 : 8)

# Time of day; with dates when it is more than a day and a half.
set xdata time
set timefmt '%s'
set xrange [x_lo:x_hi]
span = x_hi - x_lo
ticks = is_narrow ? 4.0 : 6.5
array steps[21] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, \
                   14400, 21600, 43200, 86400, 172800, 604800]
x_step = steps[21]
do for [i = 21:1:-1] {
    if (steps[i] >= span / ticks) { x_step = steps[i] }
}
if (x_step < span / ticks) { x_step = 604800 * ceil(span / ticks / 604800) }
x_grid = x_step > 86400 ? 86400 : x_step
x_first = x_grid * ceil(x_lo / x_grid)
set xtics x_first, x_step
set format x (x_step >= 86400 ? '%d %b' : span > 129600 ? "%d %b\n%H:%M" : \
              x_step < 60 ? '%H:%M:%S' : '%H:%M')
if (x_step < 60) { set rmargin 5 }
if (span > 129600 && x_step < 86400) { set bmargin 3.4 }
set yrange [y_lo:y_hi]

array color[3] = ['#0072b2', '#d55e00', '#009e73']

# Events: a line and a letter where each begins, a band while it lasts.  Letters
# keep a distance from one another.
mark_color = '#5b6570'
letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
next_letter = 0.0
do for [i = 1:words(marks) / 2] {
    m_lo = word(marks, 2 * i - 1) + 0
    m_hi = word(marks, 2 * i) + 0
    if (m_hi > m_lo) {
        set object i rectangle from graph m_lo, graph 0 to graph m_hi, graph 1 behind \
            fc rgb mark_color fs transparent solid 0.12 noborder
    }
    set arrow i from graph m_lo, graph 0 to graph m_lo, graph 1 nohead back \
        lc rgb mark_color lw 1 dt solid
    letter_x = m_lo > next_letter ? m_lo : next_letter
    next_letter = letter_x + (is_narrow ? 0.04 : 0.025)
    set label i substr(letters, i, i) at graph letter_x, graph 1 center \
        offset character 0, character 0.5 textcolor rgb text_color font ',11'
}
