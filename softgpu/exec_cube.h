/* SPDX-License-Identifier: MIT */
/*
 * exec_cube.h - directions, and the faces of a cube that they meet (CUDA C++ Programming Guide, Cubemap
 * Textures)
 *
 * A face has coordinates s and t from -1 to 1; as a texture's they go from 0 to 1.
 */
#ifndef SOFTGPU_EXEC_CUBE_H
#define SOFTGPU_EXEC_CUBE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* cube_face() - the face that direction @x meets; x[0] and x[1] become where, from 0 to 1 */
static inline uint32_t cube_face(float x[3])
{
	const float size[3] = { fabsf(x[0]), fabsf(x[1]), fabsf(x[2]) };
	const float a = x[0], b = x[1], c = x[2];
	unsigned axis = size[0] >= size[1] && size[0] >= size[2] ? 0 : size[1] >= size[2] ? 1 : 2;
	bool negative = x[axis] < 0;
	float s, t, m = size[axis] > 0 ? size[axis] : 1;

	if (axis == 0) {
		s = negative ? c : -c;
		t = -b;
	} else if (axis == 1) {
		s = a;
		t = negative ? -c : c;
	} else {
		s = negative ? -a : a;
		t = -b;
	}
	x[0] = (s / m + 1) / 2;
	x[1] = (t / m + 1) / 2;
	return 2 * axis + negative;
}

/* cube_direction() - of a point of a face; beyond its edges, too */
static inline void cube_direction(uint32_t face, float s, float t, float x[3])
{
	const float directions[6][3] = {
		{ 1, -t, -s }, { -1, -t, s }, { s, 1, t }, { s, -1, -t }, { s, -t, 1 }, { -s, -t, -1 },
	};

	memcpy(x, directions[face], sizeof(directions[face]));
}

#endif /* SOFTGPU_EXEC_CUBE_H */
