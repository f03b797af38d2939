/* SPDX-License-Identifier: MIT */
/*
 * An interpreter of a small language: a switch over its words, a stack in local memory, variables
 * in the module that the host sets by name, and a structure as the kernel's parameter.
 */
#include "clang_kernels.h"

enum word { END, PUSH, INPUT, ADD, SUBTRACT, MULTIPLY, DIVIDE, SWAP, COPY, LOOP };

/* Words and their operands; how many times LOOP goes back to the start */
struct program {
	short words[24];
	int loops;
};

#ifdef __CUDA_ARCH__

__attribute__((device)) int base = 1; /* the host sets it */
__attribute__((constant)) int primes[8] = { 2, 3, 5, 7, 11, 13, 17, 19 };

__global__ void interpret(int *results, program p, int n)
{
	int i = blockIdx_x * blockDim_x + threadIdx_x, stack[8] = {}, top = 1, loops = 0, t;

	if (i >= n)
		return;
	for (int at = 0; p.words[at] != END; at++)
		switch (p.words[at]) {
		case PUSH:
			stack[top++] = p.words[++at];
			break;
		case INPUT:
			stack[top++] = base + i * primes[i % 8];
			break;
		case ADD:
			top--;
			stack[top - 1] += stack[top];
			break;
		case SUBTRACT:
			top--;
			stack[top - 1] -= stack[top];
			break;
		case MULTIPLY:
			top--;
			stack[top - 1] *= stack[top];
			break;
		case DIVIDE:
			top--;
			stack[top - 1] /= stack[top];
			break;
		case SWAP:
			t = stack[top - 1];
			stack[top - 1] = stack[top - 2];
			stack[top - 2] = t;
			break;
		case COPY:
			stack[top] = stack[top - 1];
			top++;
			break;
		case LOOP: /* as often as the program says, and once more for every third thread */
			if (loops++ < p.loops + (i % 3 == 0))
				at = -1;
			break;
		}
	results[i] = stack[0];
}

#else

/* What the program below computes, x being 0 at first */
static int expected(int i, int base, int loops)
{
	static const int primes[8] = { 2, 3, 5, 7, 11, 13, 17, 19 };
	int input = base + i * primes[i % 8], x = 0;

	for (int k = 0; k <= loops + (i % 3 == 0); k++)
		x = 17 - (x + input) * 4 / 7;
	return x;
}

int main(void)
{
	enum { N = 3000 };
	struct program p = { { INPUT, ADD, COPY, ADD, COPY, ADD, PUSH, 7, DIVIDE, PUSH, 17, SWAP,
			       SUBTRACT, LOOP, END },
			     .loops = 3 };
	static int got[N];
	int n = N, base = -12345;
	CUmodule module = kernels_load();
	CUdeviceptr results = to_device(got, sizeof(got)), dev_base, primes;
	void *params[] = { &results, &p, &n };
	size_t bytes;

	CU(cuModuleGetGlobal(&dev_base, &bytes, module, "base"));
	CHECK(bytes == sizeof(int));
	CU(cuModuleGetGlobal(&primes, &bytes, module, "primes"));
	CHECK(bytes == 8 * sizeof(int));
	CU(cuMemcpyHtoD(dev_base, &base, sizeof(base)));
	CU(cuLaunchKernel(kernel(module, "interpret"), (N + 63) / 64, 1, 1, 64, 1, 1, 0, NULL,
			  params, NULL));
	CU(cuMemcpyDtoH(got, results, sizeof(got)));
	for (int i = 0; i < N; i++)
		CHECK(got[i] == expected(i, base, p.loops));
	CU(cuMemFree(results));
	CU(cuModuleUnload(module));
	return finish();
}

#endif
