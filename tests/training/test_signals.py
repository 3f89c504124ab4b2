import signal
import threading

import pytest

from srgan_report.training.signals import hold_back_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
class TestHoldBackSignals:
    @pytest.fixture(autouse=True)
    def received(self, number):
        """What the handler that was there before is told."""
        received = []
        before = signal.signal(number, lambda number, frame: received.append(number))
        yield received
        signal.signal(number, before)

    def test_takes_note_of_the_first_and_lets_the_second_act(self, number, received):
        with hold_back_signals("SRGAN-MSE") as request:
            assert request.signal_number is None
            signal.raise_signal(number)
            assert request.signal_number == number
            assert received == []
            signal.raise_signal(number)
            assert received == [number]

    def test_answers_at_once(self, number, caplog):
        with hold_back_signals("SRGAN-MSE"):
            signal.raise_signal(number)
        assert "SRGAN-MSE: stopping after this step" in caplog.text

    def test_handlers_are_back_afterwards(self, number, received):
        before = signal.getsignal(number)
        with pytest.raises(RuntimeError), hold_back_signals("SRGAN-MSE"):
            raise RuntimeError
        assert signal.getsignal(number) == before

    def test_what_was_ignored_stays_ignored(self, number):
        signal.signal(number, signal.SIG_IGN)
        with hold_back_signals("SRGAN-MSE") as request:
            signal.raise_signal(number)
        assert request.signal_number is None

    def test_in_another_thread_signals_stay_as_they_are(self, number, received):
        handlers = []

        def look():
            with hold_back_signals("SRGAN-MSE"):
                handlers.append(signal.getsignal(number))

        before = signal.getsignal(number)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert handlers == [before]
