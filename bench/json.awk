# SPDX-License-Identifier: MIT
#
# json.awk - the figures of bench/run as JSON: the head's lines, then a line a figure and way
#
# Its input are the lines "KEY: VALUE" of the head, then "WAY NAME VALUE UNIT [KEY=VALUE ...]"; the
# values of a figure, one a round, become lists.

function quoted(text)
{
	gsub(/["\\]/, "\\\\&", text)
	return "\"" text "\""
}

FNR == NR {
	head = head sprintf("  %s: %s,\n", quoted(substr($1, 1, length($1) - 1)), quoted(substr($0, length($1) + 2)))
	next
}

function add(key, column, value)
{
	if (!((key, column) in list)) {
		columns[key] = columns[key] " " column
		list[key, column] = value
	} else {
		list[key, column] = list[key, column] ", " value
	}
}

{
	key = $1 " " $2
	if (!(key in unit)) {
		unit[key] = $4
		keys[++n] = key
	}
	add(key, "values", $3)
	for (i = 5; i <= NF; i++)
		add(key, substr($i, 1, index($i, "=") - 1), substr($i, index($i, "=") + 1))
}

END {
	printf "{\n%s  \"results\": [\n", head
	for (i = 1; i <= n; i++) {
		split(keys[i], part, " ")
		printf "    { \"way\": %s, \"name\": %s, \"unit\": %s", quoted(part[1]), quoted(part[2]),
			quoted(unit[keys[i]])
		count = split(columns[keys[i]], column, " ")
		for (c = 1; c <= count; c++)
			printf ", %s: [%s]", quoted(column[c]), list[keys[i], column[c]]
		print " }" (i < n ? "," : "")
	}
	print "  ]\n}"
}
