/* SPDX-License-Identifier: MIT */
/* graph.h - graphs and their executables, and what must live as long as they do */
#ifndef QCU_LIBRARY_GRAPH_H
#define QCU_LIBRARY_GRAPH_H

#include "qcu-library/cuda/hold.h"

/** graph_keep() - the graph uses these from now on; the list is empty afterwards */
CUresult graph_keep(uint64_t graph, struct holds *holds);

/** graph_keep_copy() - the same, with counts of its own */
CUresult graph_keep_copy(uint64_t graph, const struct holds *holds);

/** graph_keep_as() - all that graph @from uses, graph @to uses from now on */
CUresult graph_keep_as(uint64_t to, uint64_t from);

/** graph_holds() - a copy of what the graph uses, into an empty list */
CUresult graph_holds(uint64_t graph, struct holds *holds);

/** graph_let_go() - the caller takes over @count counts of the graph's; false if it has fewer */
bool graph_let_go(uint64_t graph, struct hold *hold, uint64_t count);

/** exec_keep() - the executable uses these from now on; the list is empty afterwards */
CUresult exec_keep(uint64_t exec, struct holds *holds);

/** exec_keep_as() - all that a graph uses, the executable uses from now on */
CUresult exec_keep_as(uint64_t exec, uint64_t graph);

/** node_data_keep() - memory that a Get call gives out and the node owns; equal contents are kept once */
const void *node_data_keep(CUgraphNode node, const void *bytes, size_t n);

#endif
