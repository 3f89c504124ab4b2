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


def test_where_linux_does_not_tell(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_CPU_INFO", tmp_path / "none")
    assert machine.describe_machine()["cpu"]
    assert not machine.has_instructions("avx2")
