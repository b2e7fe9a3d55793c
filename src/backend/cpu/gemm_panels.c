/* Rows of a product by packed panels: register block after register block, each with its part of
 * the lines to ask for. */
#include "gemm_panels.h"

void cornu_gemm_panels_(
    const cornu_cpu_loops *loops, cornu_gemm_operands *operands, int64_t rows, int64_t panels,
    int64_t apart
) {
    int64_t tallest = (int64_t)loops->gemm_rows, blocks = (rows + tallest - 1) / tallest;
    size_t most = cornu_gemm_lines_within_(operands->k);
    for (int64_t panel = 0; panel < panels; panel++) {
        for (int64_t block = 0; block < blocks; block++) {
            int64_t first = rows * block / blocks, count = rows * (block + 1) / blocks - first;
            cornu_gemm_operands o = *operands;
            o.a += first * (int64_t)o.a_row;
            o.b += panel * apart;
            o.c += first * (int64_t)o.c_row + panel * (int64_t)loops->gemm_columns;
            if (o.line_count == 0) {
                loops->gemm_direct[1][count - 1](&o);
                continue;
            }
            if (o.line_count > most) o.line_count = most;
            loops->gemm_fetching[count - 1](&o);
            operands->lines += o.line_count;
            operands->line_count -= o.line_count;
        }
    }
}
