/* SPDX-License-Identifier: MIT */
/* graph.h - random directed graphs in compressed sparse rows, for the programs that walk them */
#ifndef TESTS_PROGRAMS_GRAPH_H
#define TESTS_PROGRAMS_GRAPH_H

#include "program.h"

/* The edges of vertex v are first[v] .. first[v + 1] - 1: where to, and how long */
struct graph {
	std::vector<int> first, to, length;

	int vertices() const { return (int)first.size() - 1; }
	int edges() const { return (int)to.size(); }
};

/* random_graph() - of vertices with about @degree edges, some of them with very many */
static inline graph random_graph(int vertices, int degree)
{
	graph g;

	g.first.push_back(0);
	for (int v = 0; v < vertices; v++) {
		int edges = rng_below(2 * degree + 1);

		if (v % 97 == 5)
			edges *= 20;
		for (int e = 0; e < edges; e++) {
			g.to.push_back(rng_below(vertices));
			g.length.push_back(1 + rng_below(1000));
		}
		g.first.push_back(g.to.size());
	}
	return g;
}

#endif /* TESTS_PROGRAMS_GRAPH_H */
