"""tools/check_includes.py finds each kind of include that points the wrong way, and lets the right ones be."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "check_includes.py"

HEADERS = [
    "include/cornu/base.h", "include/cornu/ops.h", "include/cornu/losses.h", "include/cornu/layers.h",
    "include/cornu/layers/core.h", "include/cornu/train.h", "src/base/memory.h", "src/graph/op.h",
    "src/nn/class.h", "src/data/batch.h",
]


class CheckIncludes(unittest.TestCase):
    def found(self, path, line):
        """What the script says of a tree in which the file at `path` holds this one line."""
        with tempfile.TemporaryDirectory() as root:
            for name in [*HEADERS, path]:
                file = Path(root, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(line + "\n" if name == path else "", encoding="utf-8")
            result = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode != 0, path in result.stdout, result.stdout + result.stderr)
        return result.stdout if result.returncode else ""

    def test_lower_rank_is_fine(self):
        self.assertEqual(self.found("src/graph/plan.c", '#include "base/memory.h"'), "")
        self.assertEqual(self.found("layers/core/dense.c", "#include <cornu/ops.h>"), "")
        self.assertEqual(self.found("layers/core/dense.c", "#include <cornu/layers/core.h>"), "")
        self.assertEqual(self.found("examples/01_linear.c", "#include <unistd.h>"), "")

    def test_higher_rank_points_up(self):
        self.assertIn("points up", self.found("src/base/memory.c", '#include "graph/op.h"'))
        self.assertIn("points up", self.found("src/graph/plan.c", "#include <cornu/ops.h>"))
        self.assertIn("points up", self.found("include/cornu/base.h", "#include <cornu/ops.h>"))

    def test_equal_ranks_do_not_meet(self):
        self.assertIn("points sideways", self.found("src/nn/class.c", '#include "data/batch.h"'))
        self.assertIn("points sideways", self.found("layers/core/dense.c", "#include <cornu/losses.h>"))

    def test_classes_see_public_headers_only(self):
        self.assertIn("public headers only", self.found("losses/huber.c", '#include "base/memory.h"'))
        self.assertIn("public headers only", self.found("callbacks/logger.c", '#include "nn/class.h"'))

    def test_training_finds_classes_by_name(self):
        self.assertIn("by name", self.found("src/train/fit.c", "#include <cornu/losses.h>"))

    def test_foreign_libraries_stay_in_their_folder(self):
        for line, home, stranger in [
            ("#include <hdf5.h>", "src/save/weights.c", "src/model/model.c"),
            ("#include <omp.h>", "src/backend/cpu/loop.c", "src/backend/reference/loop.c"),
            ("#include <oneapi/dnnl/dnnl.h>", "src/backend/cpu/dnnl.c", "src/ops/matmul.c"),
            ("#include <pthread.h>", "src/base/thread.c", "src/data/loader.c"),
            ("#include <sys/stat.h>", "src/base/file.c", "src/save/archive.c"),
        ]:
            self.assertEqual(self.found(home, line), "")
            self.assertIn("belongs into", self.found(stranger, line))

    def test_public_headers_show_the_standard_library_alone(self):
        self.assertEqual(self.found("include/cornu/data.h", "#include <stdint.h>"), "")
        self.assertIn("shows", self.found("include/cornu/data.h", "#include <cjson/cJSON.h>"))
        self.assertIn("write <cornu/", self.found("include/cornu/data.h", '#include "base.h"'))

    def test_new_folders_and_headers_must_be_ranked(self):
        self.assertIn("rank map", self.found("src/quantize/int8.c", "#include <math.h>"))
        self.assertIn("rank map", self.found("include/cornu/vision.h", "#include <math.h>"))


if __name__ == "__main__":
    unittest.main()
