# SPDX-License-Identifier: MIT
#
# machine.sh - what bench/run and bench/switches share: which machine this is, and their daemon
#
# They source it with $root set, the top directory.  It sets B, the build tree; gpu, as qcuda run
# takes it; driver, its libcuda.so.1; machine, in words; work, a directory that goes at the end, as
# does the daemon.

B=$root/build/${CONFIG:-release}
work=$(mktemp -d) || exit 1
daemon='' daemon_option=''
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

if [ -c /dev/nvidiactl ]; then
	gpu=nvidia
	driver=$(ldconfig -p | sed -n 's/.*libcuda.so.1 .*=> //p' | head -n 1)
	machine=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | head -n 1)
else
	gpu=soft driver=$B/softgpu/libcuda.so.1 machine=softgpu
fi
machine="$machine; $(nproc) CPUs: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"

# machine_head COMMAND - the lines at the top of a table: when, where, what of, how
machine_head()
{
	echo "date: $(date -u +%Y-%m-%d)"
	echo "machine: $machine"
	echo "commit: $("$root/tools/commit")"
	echo "command: $1"
}

daemon_stop()
{
	[ -z "$daemon" ] || { kill "$daemon"; wait "$daemon"; }
	daemon=''
}

# daemon_start [OPTION] - one that has this option, unless it runs already
daemon_start()
{
	[ -z "$daemon" ] || [ "$daemon_option" != "$1" ] || return 0
	daemon_stop
	daemon_option=$1
	: >"$work/ready"
	"$B/bin/qcu-device" --socket="$work/socket" --driver="$driver" ${1:+"$1"} >"$work/ready" &
	daemon=$!
	until grep -q ready "$work/ready"; do
		kill -0 $daemon || exit 1
		sleep 0.1
	done
}

# daemon_rest - until no session is left of the program before, and the spare worker is ready: all of
# the daemon's workers are caged, which is the last thing that they do before they are
daemon_rest()
{
	sleep 0.2
	[ "$daemon_option" != --spare=0 ] || return 0
	tries=0
	while [ $tries -lt 100 ]; do
		workers=$(ps -o pid= --ppid "$daemon")
		caged=$(for pid in $workers; do
			grep -s '^Seccomp:[[:space:]]*2' "/proc/$pid/status"
		done | wc -l)
		[ "$caged" -eq 0 ] || [ "$caged" -ne "$(echo "$workers" | wc -l)" ] || return 0
		tries=$((tries + 1))
		sleep 0.1
	done
	echo "bench: no spare worker is ready" >&2
}
