# SPDX-License-Identifier: GPL-3.0-or-later
#
# Latency on a logarithmic axis: its tail is what objectives are about.

set logscale y
set format y ''
set ytics ('1 ms' 1e-3, '10 ms' 1e-2, '100 ms' 0.1, '1 s' 1, '10 s' 10, '100 s' 100, \
           '1000 s' 1000)
if (y_hi / y_lo <= 200) {
    set ytics add ('2 ms' 2e-3, '5 ms' 5e-3, '20 ms' 2e-2, '50 ms' 5e-2, '200 ms' 0.2, \
                   '500 ms' 0.5, '2 s' 2, '5 s' 5, '20 s' 20, '50 s' 50)
}
load dir . '/lines.gp'
