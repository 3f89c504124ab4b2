from benchmarks import machine


def test_reads_the_cpu(tmp_path, monkeypatch):
    info = tmp_path / "cpuinfo"
    info.write_text("model name\t: Some CPU\nflags\t\t: fpu avx2 avx512_bf16\n\nmodel name\t: Some CPU\n")
    monkeypatch.setattr(machine, "_CPU_INFO", info)
    described = machine.describe_machine()
    assert described["cpu"] == "Some CPU"
    assert described["instructions"] == "avx2, avx512_bf16"
    assert machine.has_instructions("amx_bf16", "avx512_bf16")
    assert not machine.has_instructions("avx512")


def test_finds_a_gpu_by_its_driver(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_GPUS", tmp_path / "gpus")
    assert not machine.has_gpu()
    (tmp_path / "gpus" / "0000:01:00.0").mkdir(parents=True)
    assert machine.has_gpu()


def test_where_linux_does_not_tell(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "none")
    assert machine.describe_machine()["cpu"]
    assert not machine.has_instructions("avx2")
