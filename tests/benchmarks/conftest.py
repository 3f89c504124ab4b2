import sys
from pathlib import Path

# Scripts find the modules beside them; tests of scripts have to be told where those are.
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
