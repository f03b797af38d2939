/* SPDX-License-Identifier: MIT */
/* A graph is written as a picture in the language of Graphviz */
#include "graph.h"

int main(void)
{
	char path[] = "/tmp/graph_debug_dot.XXXXXX", text[65536];
	CUgraphNode first, second;
	CUgraph graph;
	size_t length;
	FILE *file;
	int fd;

	graph_begin();
	fd = mkstemp(path);
	CHECK(fd >= 0);
	CU(cuGraphCreate(&graph, 0));
	first = graph_add_step(graph, NULL, 0, 1);
	CU(cuGraphAddEmptyNode(&second, graph, &first, 1));
	CU(cuGraphDebugDotPrint(graph, path, 0));
	file = fdopen(fd, "r");
	CHECK(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	CHECK(strstr(text, "digraph"));
	CHECK(strstr(text, "->"));
	CHECK(strstr(text, "step"));
	CU(cuGraphDebugDotPrint(graph, path, CU_GRAPH_DEBUG_DOT_FLAGS_VERBOSE));
	CHECK(cuGraphDebugDotPrint(graph, "/no/such/directory/graph.dot", 0) != CUDA_SUCCESS);
	unlink(path);
	CU(cuGraphDestroy(graph));
	return finish();
}
