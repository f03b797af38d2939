# SPDX-License-Identifier: MIT
#
# table.awk - the figures of bench/run as a table: a line a figure, the ways side by side
#
# Its input is that of json.awk.  ways: the columns, in their order; quick: only the comparisons.

FNR == NR {
	print
	next
}

FNR == 1 {
	print ""
}

{
	if (!($2 in unit)) {
		unit[$2] = $4
		names[++n] = $2
	}
	key = $1 SUBSEP $2
	value[key, ++count[key]] = $3
}

# The values of @key in order, in v[1..]; returns how many
function sorted(key,    i, j, t)
{
	for (i = 1; i <= count[key]; i++)
		v[i] = value[key, i]
	for (i = 2; i <= count[key]; i++)
		for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	return count[key]
}

# How much better @b is than @a: a rate is to be large, anything else small
function better(a, b, unit)
{
	if (a + 0 <= 0 || b + 0 <= 0)
		return "-"
	a = unit ~ /\// ? b / a : a / b
	return sprintf(a < 0.1 ? "%.3fx" : "%.2fx", a)
}

END {
	k = split(ways, w, " ")
	printf "%-46s", ""
	for (i = 1; i <= k; i++) {
		if (!quick)
			printf " %16s", w[i]
		if (i > 1)
			printf quick ? " %16s" : " %7s", quick ? w[i] "/" w[1] : "/" w[1]
	}
	print ""
	for (m = 1; m <= n; m++) {
		if (quick && !sorted(w[1] SUBSEP names[m]))
			continue
		printf "%-46s", names[m] " (" unit[names[m]] ")"
		for (i = 1; i <= k; i++) {
			c = sorted(w[i] SUBSEP names[m])
			middle = c ? v[int((c + 1) / 2)] : 0
			if (i == 1)
				first = middle
			text = c ? middle : "-"
			if (c > 1 && middle > 0)
				text = sprintf("%s +-%.0f%%", middle, (v[c] - v[1]) / 2 / middle * 100)
			if (!quick)
				printf " %16s", text
			if (i > 1)
				printf quick ? " %16s" : " %7s", better(first, middle, unit[names[m]])
		}
		print ""
	}
}
