/* Copies of matrices as the register blocks of the product read them. */
#include "isa.h"
#include "matmul.h"

#include <string.h>

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* One panel of `count` lines. */
static void pack_panel(
    float *panel, const float *from, int64_t count, int64_t line_stride, int64_t k,
    int64_t k_stride, int64_t width
) {
    const cornu_cpu_loops *loops = cornu_cpu_loops_();
    int64_t vector = (int64_t)loops->gemm_width;
    if (count < width) memset(panel, 0, (size_t)(width * k) * sizeof *panel);
    if (line_stride == 1 && count == width) {
        loops->pack_rows(panel, (size_t)width, from, (size_t)k_stride, (size_t)k);
    } else if (k_stride == 1 && (width < vector || width % vector == 0)) {
        for (int64_t i = 0; i < count; i += vector) {
            loops->pack_lines(
                panel + i, (size_t)width, from + i * line_stride, (size_t)line_stride,
                (size_t)smaller(count - i, vector), (size_t)k
            );
        }
    } else {
        for (int64_t p = 0; p < k; p++) {
            for (int64_t i = 0; i < count; i++)
                panel[p * width + i] = from[i * line_stride + p * k_stride];
        }
    }
}

void cornu_gemm_pack_(
    float *panel, const float *from, int64_t lines, int64_t line_stride, int64_t k,
    int64_t k_stride, int64_t width
) {
    for (int64_t first = 0; first < lines; first += width, panel += width * k) {
        int64_t count = smaller(lines - first, width);
        const float *s = from + first * line_stride;
        pack_panel(panel, s, count, line_stride, k, k_stride, width);
    }
}
