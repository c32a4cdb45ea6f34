# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Rules on what the compiler made of the sources in $BUILD.

# The objects of sources that are there; a build folder may hold older ones.
objects() { # folder...
    local object source
    find "${@/#/$BUILD/}" -name '*.o' | sort | while read -r object; do
        source=${object#"$BUILD/"}
        [ ! -e "${source%.o}.c" ] || echo "$object"
    done
}

# Each layer, whole, links with the layers that it may use and no other.  The
# archives below a layer are those of the Makefile's link lines.
links_downwards() { # layer archive...
    local layer=$1 below=() name
    shift
    for name; do
        below+=("$BUILD/lib$name.a")
    done
    # shellcheck disable=SC2086
    "${CC:-gcc}" -o "$tmp/linked" -x c - -x none -Wl,--whole-archive "$BUILD/lib$layer.a" \
        -Wl,--no-whole-archive -Wl,--start-group "${below[@]}" -Wl,--end-group \
        ${LIBS:--lgsl -lgslcblas -lyaml -ljansson -lmd -lm} \
        -pthread <<<'int main(void) { return 0; }'
}

# Every writable object of the program, by name.  Constant tables with pointers
# (.data.rel.ro) are not writable once the program runs.
globals() {
    objdump -t "${all_objects[@]}" | awk '
        /file format/ { file = $1 }
        /\t/ && !/ d / {
            split($0, half, "\t")
            n = split(half[1], left, " ")
            section = left[n]
            if (section ~ /^\.(t?data|t?bss|sdata|sbss)/ && section !~ /^\.data\.rel\.ro/ ||
                section == "*COM*") {
                split(half[2], right, " ")
                print file, right[2]
            }
        }'
}

# The one exception is the flag that a signal handler sets.
no_writable_globals() {
    local found
    found=$(globals | grep -v '/sim/cli/stop\.o: cs_stop_requested$')
    [ -z "$found" ] || { echo "$found" && return 1; }
}

# The gate sees the exception, so it would see another.
gate_sees_globals() {
    globals | grep -q '/sim/cli/stop\.o: cs_stop_requested$'
}

# Undefined symbols are the calls that the compiler really left in.
calls_none_of() { # pattern object...
    local pattern=$1 found
    shift
    [ $# -gt 0 ] || { echo "no objects" && return 1; }
    found=$(nm -A -u "$@" | grep -E " U ($pattern)(@.*)?$")
    [ -z "$found" ] || { echo "$found" && return 1; }
}

unsafe='v?sprintf|strcpy|strcat|stpcpy|strtok|ato[ifl]|atoll|gets|tmpnam|mktemp'
unsafe="$unsafe|system|popen|s?rand|s?random|[demn]rand48|gsl_rng_env_setup|setlocale"
environment='(secure_)?getenv|putenv|setenv|environ'
clocks='time|gettimeofday|clock|clock_gettime|timespec_get|localtime(_r)?'
# floor, ceil, sqrt and fmod are exact and so the same everywhere; these are not.
inexact='(log|exp|pow|sin|cos|tan|asin|acos|atan|sinh|cosh|tanh)f?|atan2|log(2|10|1p)'
inexact="$inexact|exp(2|10|m1)|cbrt|hypot|erfc?|[lt]gamma(_r)?|gsl_r(an|ng)_.*"

mapfile -t all_objects < <(objects sim models)
mapfile -t below_cli < <(printf '%s\n' "${all_objects[@]}" | grep -v '/sim/cli/')
# A report waits for gnuplot with a time limit.
mapfile -t below_report < <(printf '%s\n' "${below_cli[@]}" | grep -v '/sim/report/')
mapfile -t event_path < <(objects sim/engine models sim/stats | grep -vE '/(estimate|decide)\.o$')

while read -r layer below; do
    # shellcheck disable=SC2086
    check "$layer links with what lies below it" links_downwards "$layer" $below
done < <(awk '!/^#/ && NF && $1 != "header"' tests/arch/layers.txt |
    awk '{ below[$1] = $0; sub(/^[^ ]+ */, "", below[$1])
           print $1, below[$1], ($1 == "cli" || $1 == "report") ? "models engine scenario theory" : "" }')
check "no writable object at file scope" no_writable_globals
check "the gate on globals sees one" gate_sees_globals
check "no unsafe or non-portable call" calls_none_of "$unsafe" "${all_objects[@]}"
check "the environment is read in cli alone" calls_none_of "$environment" "${below_cli[@]}"
check "no clock is read below report" calls_none_of "$clocks" "${below_report[@]}"
check "no libm in the event path" calls_none_of "$inexact" "${event_path[@]}"
