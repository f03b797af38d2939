/* SPDX-License-Identifier: MIT */
/*
 * A machine for small programs in reverse Polish notation: what an instruction does is a function
 * in a table of pointers, in constant memory.  Every thread runs a program on an input of its own.
 */
#include "program.h"

#define DEEPEST 8

struct machine {
	int stack[DEEPEST], top, input;
};

struct instruction {
	int function, operand;
};

typedef void (*function)(machine &m, int operand);

__host__ __device__ void push(machine &m, int operand)
{
	m.stack[m.top++] = operand;
}

__host__ __device__ void push_input(machine &m, int operand)
{
	m.stack[m.top++] = m.input;
}

__host__ __device__ void add(machine &m, int operand)
{
	m.top--;
	m.stack[m.top - 1] += m.stack[m.top];
}

__host__ __device__ void multiply(machine &m, int operand)
{
	m.top--;
	m.stack[m.top - 1] *= m.stack[m.top];
}

__host__ __device__ void negate_if_odd(machine &m, int operand)
{
	if (m.stack[m.top - 1] & 1)
		m.stack[m.top - 1] *= -1;
}

#define FUNCTIONS { push, push_input, add, multiply, negate_if_odd }
enum { PUSH, PUSH_INPUT, ADD, MULTIPLY, NEGATE_IF_ODD };

__constant__ function dev_functions[] = FUNCTIONS;
static const function host_functions[] = FUNCTIONS;

__host__ __device__ inline int run(const function *functions, const instruction *program,
				   int length, int input)
{
	machine m = {};

	m.input = input;
	for (int i = 0; i < length; i++)
		functions[program[i].function](m, program[i].operand);
	return m.stack[0];
}

__global__ void run_all(const instruction *programs, int length, int *results, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n) /* even and odd threads run different programs: the lanes of a warp diverge */
		results[i] = run(dev_functions, programs + i % 2 * length, length, i);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 1000);
	const std::vector<instruction> programs = {
		/* (x * 3 + x), negated if odd, * x */
		{ PUSH_INPUT, 0 }, { PUSH, 3 }, { MULTIPLY, 0 }, { PUSH_INPUT, 0 },
		{ ADD, 0 }, { NEGATE_IF_ODD, 0 }, { PUSH_INPUT, 0 }, { MULTIPLY, 0 },
		/* (x, negated if odd) * (x + 5) + 7 */
		{ PUSH_INPUT, 0 }, { NEGATE_IF_ODD, 0 }, { PUSH_INPUT, 0 }, { PUSH, 5 },
		{ ADD, 0 }, { MULTIPLY, 0 }, { PUSH, 7 }, { ADD, 0 },
	};
	const int length = programs.size() / 2;
	std::vector<int> want(n), got;
	instruction *dev = to_device(programs);
	int *results = device_array<int>(n);

	for (int i = 0; i < n; i++)
		want[i] = run(host_functions, &programs[i % 2 * length], length, i);
	run_all<<<blocks_for(n, 64), 64>>>(dev, length, results, n);
	got = from_device(results, n);
	check_equal(got, want);
	print_checksum("results", got);
	release(dev, results);
	return finish();
}
