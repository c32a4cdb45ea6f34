# SPDX-License-Identifier: GPL-3.0-or-later
#
# Read layers.txt, then sources: every #include "..." must be the layer's own
# header, or a public header of a layer that the table lets it include.
FILENAME ~ /layers\.txt$/ {
    if ($0 ~ /^#/ || NF == 0)
        next
    if ($1 == "header") {
        for (i = 3; i <= NF; i++)
            owner["capsim/" $i ".h"] = $2
        next
    }
    may[$1 " " $1] = 1
    for (i = 2; i <= NF; i++)
        may[$1 " " $i] = 1
    next
}
FNR == 1 {
    layer = layer_of(FILENAME)
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    name = quoted[2]
    if (name ~ /^capsim\//) {
        if (!(name in owner))
            fault("is in no layer: add it to layers.txt")
        else if (!((layer " " owner[name]) in may))
            fault("belongs to " owner[name] ", which " layer " may not include")
    } else if (name ~ /\// && layer_of(name) != layer) {
        fault("is internal to another layer")
    }
}
function layer_of(path, part, n) {
    n = split(path, part, "/")
    if (path == "sim/main.c")
        return "cli"
    if (path ~ /^include\/capsim\//)
        return substr(path, 9) in owner ? owner[substr(path, 9)] : ""
    return part[1] == "sim" ? part[2] : part[1]
}
function fault(why) {
    print FILENAME ":" FNR ": \"" name "\" " why
    failed = 1
}
END {
    exit failed
}
