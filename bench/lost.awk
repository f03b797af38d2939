# SPDX-License-Identifier: MIT
#
# lost.awk - where the time of a program's GPU part went, from a trace (QCUDA_TRACE) of it
#
# Between cudaProfilerStart() and cudaProfilerStop() (tests/programs/program.h), for a program of one
# thread, in milliseconds:
#
#     took      all of it
#     own       outside of calls that cross: the program's own work, and what the library answers
#     posting   in calls that nobody waits for
#     driver    in calls that are waited for, while the worker runs commands: there a native program
#               would wait, too
#     crossing  in calls that are waited for, for the rest: the way there and back
#     gpu_busy  while the GPU had a kernel or a copy of it under way
#
# and how many calls crossed, and were waited for.  took is the sum of the four below it.

function number(key,    text) {
	if (!match($0, "\"" key "\":[-0-9.]+"))
		return 0
	text = substr($0, RSTART, RLENGTH)
	sub(/.*:/, "", text)
	return text + 0
}

# How much of @begins..@ends lies in the intervals from[next..n]..to[], which are in order
function covered(begins, ends, n,    sum, i) {
	while (next_one <= n && to[next_one] <= begins)
		next_one++
	for (i = next_one; i <= n && from[i] < ends; i++)
		sum += (to[i] < ends ? to[i] : ends) - (from[i] > begins ? from[i] : begins)
	return sum + 0
}

function figure(what, value, unit) {
	printf "%s.lost.%s %.4g %s\n", name, what, value, unit
}

/"name":"cuProfilerStart","cat":"call"/ { start = number("ts") + number("dur") }
/"name":"cuProfilerStop","cat":"call"/ { stop = number("ts") }

/"cat":"call"/ {
	begins[++calls] = number("ts")
	ends[calls] = begins[calls] + number("dur")
	waited[calls] = /"posted":false/
}

/"cat":"worker"/ {
	from[++runs] = number("ts")
	to[runs] = from[runs] + number("dur")
}

/"cat":"gpu"/ {
	gpu_from[++works] = number("ts")
	gpu_to[works] = gpu_from[works] + number("dur")
}

END {
	next_one = 1
	for (i = 1; i <= calls; i++) {
		if (begins[i] < start || ends[i] > stop)
			continue
		crossed++
		took = ends[i] - begins[i]
		inside += took
		if (!waited[i]) {
			posting += took
			continue
		}
		waits++
		ran = covered(begins[i], ends[i], runs)
		driver += ran
		crossing += took - ran
	}
	figure("took", (stop - start) / 1000, "ms")
	figure("own", (stop - start - inside) / 1000, "ms")
	figure("posting", posting / 1000, "ms")
	figure("driver", driver / 1000, "ms")
	figure("crossing", crossing / 1000, "ms")
	# the intervals of several streams overlap: what lies before the last end counts once
	for (i = 1; i <= works; i++) {
		if (gpu_to[i] <= start || gpu_from[i] >= stop)
			continue
		if (gpu_from[i] > last)
			last = gpu_from[i]
		if (gpu_to[i] > last) {
			gpu += gpu_to[i] - last
			last = gpu_to[i]
		}
	}
	if (works)
		figure("gpu_busy", gpu / 1000, "ms")
	figure("calls", crossed, "calls")
	figure("waits", waits, "calls")
}
