# SPDX-License-Identifier: MIT
# Adds up what ctest --output-junit wrote: one line "passed failed skipped", then a line for each test that was skipped,
# with the reason that it gave. What a test printed may look like ctest's own lines, as a nested ctest's does; in this
# file it cannot, as its < are written otherwise.

function finish() {
    if (name == "") {
        return
    }
    if (state == "run") {
        passed++
    } else if (state == "skipped") {
        skipped++
        skips = skips name ": " (reason == "" ? "no reason given" : reason) "\n"
    } else {
        failed++
    }
}

function text(line) {
    gsub(/&lt;/, "<", line)
    gsub(/&gt;/, ">", line)
    gsub(/&quot;/, "\"", line)
    gsub(/&apos;/, "'", line)
    gsub(/&amp;/, "\\&", line)
    return line
}

/^\t<testcase name="/ {
    finish()
    name = $0
    sub(/^\t<testcase name="/, "", name)
    sub(/".*/, "", name)
    name = text(name)
    state = $0
    sub(/.* status="/, "", state)
    sub(/".*/, "", state)
    reason = ""
    if (state == "disabled") {
        state = "skipped"
        reason = "disabled"
    }
}
# Not run for another reason, as a missing program, is a failure.
/^\t\t<skipped message="SKIP_/ { state = "skipped" }
reason == "" && /piboot: skipped: / {
    reason = text($0)
    sub(/.*piboot: skipped: /, "", reason)
    sub(/<\/system-out>$/, "", reason)
}
END {
    finish()
    printf "%d %d %d\n%s", passed, failed, skipped, skips
}
