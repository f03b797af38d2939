#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tests/difference that is cut off goes on where it stopped, says so, and sees what differs.  The
# programs are four scripts here, and tests/run is one that only passes them to tests/run-programs.

tests=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1

mkdir -p tree/tests tree/tools programs/alone
cp "$tests/difference" "$tests/compare" "$tests/run-programs" tree/tests
echo 'known socket: it says where it is' >tree/tests/difference.txt
printf '#!/bin/sh\ncat commit\n' >tree/tools/commit
echo one >commit

cat >tree/tests/run <<'END'
#!/bin/sh
while getopts cpj:t:k:o: option; do
	case $option in
	k) patterns=$OPTARG ;;
	o) out=$OPTARG ;;
	esac
done
shift $((OPTIND - 1))
export WAY="$1"
exec "${0%/*}/run-programs" -c -k "$patterns" -o "$out/$WAY" programs programs/alone
END

# program NAME LINE - a script that notes that it ran
program()
{
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\necho "$WAY ${0##*/}" >>ran\n%s\n' "$2" >"programs/$1"
}

# shellcheck disable=SC2016
{
	program known 'echo "known $WAY"'
	program same 'echo the same'
	program skipped 'echo "skipped: there is one device only"; exit 77'
	program alone/last 'while [ "$WAY" = socket ] && [ -f hang ]; do : >hanging; sleep 0.1; done'
}
chmod +x tree/t*/* programs/* programs/alone/*

failures=0

# expect WHAT COMMAND... - it must succeed
expect()
{
	what=$1
	shift
	"$@" && return
	echo "not so: $what" >&2
	failures=$((failures + 1))
}

# ran N LINE - so often is the line in the list of what ran
ran()
{
	[ "$(grep -cx "$2" ran)" = "$1" ]
}

# says LINE - the report has it
says()
{
	grep -q "^$1\$" "$folder/report"
}

# compares ARGUMENT... - tests/difference with softgpu as what the others are compared with
compares()
{
	tree/tests/difference -b soft "$@" >/dev/null
}

# refuses ARGUMENT...
refuses()
{
	tree/tests/difference "$@" 2>/dev/null
	[ $? = 2 ]
}

# cut off in the last program of the last way
: >hang
timeout 50 tree/tests/difference -b soft -d folder socket 2>/dev/null &
until [ -f hanging ] || ! kill -0 $!; do
	sleep 0.1
done
kill $! && wait $!
rm hang
folder=elsewhere/folder
mkdir elsewhere && mv folder elsewhere

# and on, elsewhere
expect "it goes on" compares -c -d $folder socket
for name in known same skipped; do
	expect "$name ran once straight" ran 1 "soft $name"
	expect "$name ran once over the socket" ran 1 "socket $name"
done
expect "the program that was cut off ran again" ran 2 "socket last"
expect "what was cut off is told" says "    from .* UTC, .* CPUs: 3 programs, then cut off"
expect "and what ran then" says "    from .* to .* UTC, .* CPUs: 1 programs"
expect "and what ran at once" says "    from .* to .* UTC, .* CPUs: 4 programs"
expect "the programs are counted" says "socket  3 passed, 0 failed, 1 skipped"
expect "a skip has its reason" says "    skip skipped (.* s): there is one device only"
expect "they are compared" says "soft and socket: 2 same, 1 different, 1 not run in both"
expect "a difference has its reason" says "    known: it says where it is"

# what is through is reported, not run
cp ran before
cp $folder/report report
expect "it is compared again" compares -c -d $folder socket
expect "nothing ran again" cmp ran before
expect "the report is the same" cmp report $folder/report

# what is not known to differ, a program by name, and what -c must not mix
echo '# nothing' >tree/tests/difference.txt
compares -c -d $folder socket
expect "a difference without a reason is status 1" [ $? = 1 ]
expect "and told" says "    known: NO REASON KNOWN"
expect "other programs are refused" refuses -c -b soft -d $folder -k 'same' socket
echo two >commit
expect "another commit is refused" refuses -c -b soft -d $folder socket
expect "only some can be compared" compares -d $folder -k 'sa* ski*' socket
expect "those alone" says "soft and socket: 1 same, 0 different, 1 not run in both"
[ -c /dev/nvidiactl ] || expect "a GPU is needed" refuses -d $folder

[ $failures = 0 ] || { cat $folder/report ran >&2; exit 1; }
