/* SPDX-License-Identifier: MIT */
/* graph_dot.c - cuGraphDebugDotPrint: a graph as a picture, in the language of Graphviz */
#include <stdio.h>

#include "softgpu/driver.h"
#include "softgpu/graph.h"
#include "softgpu/grid.h"
#include "softgpu/module.h"
#include "softgpu/work.h"

static const char *type_name(CUgraphNodeType type)
{
	static const char *const names[] = {
		[CU_GRAPH_NODE_TYPE_KERNEL] = "KERNEL",
		[CU_GRAPH_NODE_TYPE_MEMCPY] = "MEMCPY",
		[CU_GRAPH_NODE_TYPE_MEMSET] = "MEMSET",
		[CU_GRAPH_NODE_TYPE_HOST] = "HOST",
		[CU_GRAPH_NODE_TYPE_GRAPH] = "GRAPH",
		[CU_GRAPH_NODE_TYPE_EMPTY] = "EMPTY",
		[CU_GRAPH_NODE_TYPE_WAIT_EVENT] = "WAIT_EVENT",
		[CU_GRAPH_NODE_TYPE_EVENT_RECORD] = "EVENT_RECORD",
		[CU_GRAPH_NODE_TYPE_MEM_ALLOC] = "MEM_ALLOC",
		[CU_GRAPH_NODE_TYPE_MEM_FREE] = "MEM_FREE",
		[CU_GRAPH_NODE_TYPE_BATCH_MEM_OP] = "BATCH_MEM_OP",
		[CU_GRAPH_NODE_TYPE_CONDITIONAL] = "CONDITIONAL",
	};

	return (size_t)type < ARRAY_SIZE(names) && names[type] ? names[type] : "?";
}

/* struct dot - @flags: CUgraphDebugDot_flags; VERBOSE is all of them */
struct dot {
	FILE *file;
	unsigned int flags;
};

static bool wants(const struct dot *dot, CUgraphDebugDot_flags flag)
{
	return dot->flags & (flag | (unsigned int)CU_GRAPH_DEBUG_DOT_FLAGS_VERBOSE);
}

/* print_more() - what flags ask for about a node's parameters */
static void print_more(const struct dot *dot, const struct node *node)
{
	CUgraphNodeParams params = { .type = node->type };

	if (!node->work)
		return;
	node->work->kind->describe(node->work, &params);
	if (node->type == CU_GRAPH_NODE_TYPE_KERNEL) {
		fprintf(dot->file, "\\n%s", grid_kernel_name(node->work));
		if (wants(dot, CU_GRAPH_DEBUG_DOT_FLAGS_KERNEL_NODE_PARAMS))
			fprintf(dot->file, "\\n<<<(%u,%u,%u),(%u,%u,%u),%u>>>",
				params.kernel.gridDimX, params.kernel.gridDimY,
				params.kernel.gridDimZ, params.kernel.blockDimX,
				params.kernel.blockDimY, params.kernel.blockDimZ,
				params.kernel.sharedMemBytes);
	}
	if (node->type == CU_GRAPH_NODE_TYPE_MEMCPY)
		fprintf(dot->file, "\\n(%zu,%zu,%zu)", params.memcpy.copyParams.WidthInBytes,
			params.memcpy.copyParams.Height, params.memcpy.copyParams.Depth);
	if (node->type == CU_GRAPH_NODE_TYPE_MEMSET &&
	    wants(dot, CU_GRAPH_DEBUG_DOT_FLAGS_MEMSET_NODE_PARAMS))
		fprintf(dot->file, "\\n%#x (%zu,%zu)", params.memset.value, params.memset.width,
			params.memset.height);
}

static void print_graph(const struct dot *dot, const struct graph *graph);

static void print_node(const struct dot *dot, const struct node *node)
{
	unsigned long long id = node->id;

	fprintf(dot->file, "\"node_%llu\" [shape=box label=\"%llu\\n%s", id, id,
		type_name(node->type));
	print_more(dot, node);
	if (wants(dot, CU_GRAPH_DEBUG_DOT_FLAGS_HANDLES))
		fprintf(dot->file, "\\n%p", (const void *)node);
	fprintf(dot->file, "\"];\n");
	for (size_t i = 0; i < node->to.count; i++)
		fprintf(dot->file, "\"node_%llu\" -> \"node_%llu\";\n", id,
			(unsigned long long)node->to.at[i].node->id);
	if (node->child)
		print_graph(dot, node->child);
	for (unsigned int i = 0; i < node->body_count; i++)
		print_graph(dot, node->bodies[i]);
}

static void print_graph(const struct dot *dot, const struct graph *graph)
{
	unsigned long long id = graph->id;

	fprintf(dot->file, "subgraph cluster_%llu {\nlabel=\"graph_%llu\";\n", id, id);
	for (const struct node *node = graph->first; node; node = node->next)
		print_node(dot, node);
	fprintf(dot->file, "}\n");
}

CUresult cuGraphDebugDotPrint(CUgraph hGraph, const char *path, unsigned int flags)
{
	struct dot dot = { .flags = flags };
	struct graph *graph;
	bool failed;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	dot.file = path ? fopen(path, "w") : NULL;
	if (!path) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (!dot.file) {
		result = CUDA_ERROR_OPERATING_SYSTEM;
	} else {
		fprintf(dot.file, "digraph dot {\n");
		print_graph(&dot, graph);
		fprintf(dot.file, "}\n");
		failed = ferror(dot.file);
		if (fclose(dot.file) || failed)
			result = CUDA_ERROR_OPERATING_SYSTEM;
	}
	graph_unlock();
	return result;
}
