"""Commands reach the engine in order, from any thread, and stopping is seen at once."""

import threading

from core.control import Change, Control, Pause, Save


def test_commands_come_out_once_and_in_order() -> None:
    """What two calls put in is taken out in that order, and only once."""
    control = Control()
    control.pause()
    control.change({"dropout": 0.1})
    control.save()
    assert control.take() == [Pause(), Change({"dropout": 0.1}), Save()]
    assert control.take() == []


def test_the_first_reason_to_stop_stays() -> None:
    """A signal after the user's stop does not change why the run ended, nor whether to save."""
    control = Control()
    assert not control.should_stop()
    control.stop(save=False)
    control.stop("signal")
    assert control.should_stop()
    assert control.stop_reason == "stopped"
    assert not control.save_on_stop


def test_waiting_ends_when_another_thread_asks() -> None:
    """A paused engine wakes up for a command without polling."""
    control = Control()
    waiter = threading.Thread(target=control.wait, args=(30.0,))
    waiter.start()
    control.resume()
    waiter.join(timeout=5)
    assert not waiter.is_alive()
