/* SPDX-License-Identifier: MIT */
/* Symbols: what is none, what is too long, what has the wrong direction */
#include "check.h"

__device__ int variable[10];
static int not_a_symbol[10];

int main()
{
	int host[20] = { 0 };
	size_t size;
	void *address;

	EXPECT(cudaErrorInvalidSymbol, cudaMemcpyToSymbol(not_a_symbol, host, 4));
	EXPECT(cudaErrorInvalidSymbol, cudaMemcpyFromSymbol(host, not_a_symbol, 4));
	EXPECT(cudaErrorInvalidSymbol, cudaGetSymbolAddress(&address, not_a_symbol));
	EXPECT(cudaErrorInvalidSymbol, cudaGetSymbolSize(&size, not_a_symbol));
	EXPECT(cudaErrorInvalidValue, cudaMemcpyToSymbol(variable, host, 41));
	EXPECT(cudaErrorInvalidValue, cudaMemcpyToSymbol(variable, host, 4, 37));
	EXPECT(cudaErrorInvalidValue, cudaMemcpyFromSymbol(host, variable, 44));
	EXPECT(cudaErrorInvalidMemcpyDirection,
	       cudaMemcpyToSymbol(variable, host, 4, 0, cudaMemcpyDeviceToHost));
	EXPECT(cudaErrorInvalidMemcpyDirection,
	       cudaMemcpyFromSymbol(host, variable, 4, 0, cudaMemcpyHostToDevice));
	EXPECT(cudaErrorInvalidMemcpyDirection, cudaGetLastError());
	EXPECT(cudaSuccess, cudaMemcpyToSymbol(variable, host, 40));
	return finish();
}
