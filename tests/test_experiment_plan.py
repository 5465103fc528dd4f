"""What an experiment consists of: combinations, budgets, and what is refused in one line."""

import pytest

from core.config import SETTINGS, make_config
from core.errors import InputError, SettingsError
from core.experiment import (
    COMPARISONS,
    check_given,
    combination_text,
    parsed_variation,
    plan_members,
)
from core.experiment_budget import DEFAULT_SECONDS, DEFAULT_STEPS, with_budget
from core.settings import Value
from core.thread_shares import shared_threads, unshared_threads


def test_values_are_read_as_their_settings_are() -> None:
    """Kinds, spelling and blanks are those of the settings; the order stays."""
    varied = parsed_variation(["model-type= LSTM, rnn", "dropout=0.5,0", "stateful=no,yes"])
    assert varied == {
        "model_type": ["lstm", "rnn"],
        "dropout": [0.5, 0.0],
        "stateful": [False, True],
    }
    assert parsed_variation(["--hidden_size=7"]) == {"hidden_size": [7]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hiden_size=3", "did you mean hidden_size?"),
        ("hidden_size=3,x", "between 1 and 8192, got 'x'"),
        ("hidden_size=0", "between 1 and 8192, got 0"),
        ("hidden_size=3,3", "hidden_size is given 3 twice"),
        ("dropout=0.5,0.50", "dropout is given 0.5 twice"),
        ("model_type=rnn,", "needs a value between commas"),
        ("model_type", "--vary needs NAME=V1,V2"),
        ("=3", "--vary needs NAME=V1,V2"),
        ("seed=1,2", "--seeds N"),
        ("epochs=1,2", "all models get the same budget"),
        ("save_dir=a,b", "runs export"),
        ("encoding=\udcff", "must be valid UTF-8"),
    ],
)
def test_what_cannot_vary_is_refused(text: str, said: str) -> None:
    """The message names the setting, the value or the way out."""
    with pytest.raises(SettingsError, match=r".*") as refused:
        parsed_variation([text])
    assert said in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    """A setting that is named twice, a wrong value and an unknown name stand in one line."""
    with pytest.raises(SettingsError) as refused:
        parsed_variation(["dropout=0.1", "dropout=0.2", "hidden_size=x", "nope=1"])
    assert len(refused.value.problems) == 3
    with pytest.raises(SettingsError, match="dropout is both varied and given"):
        check_given(["dropout", "hidden_size"], ["dropout"])


def test_every_combination_meets_every_seed() -> None:
    """All combinations of the first seed come first, and nothing else differs between members."""
    base = make_config({"hidden_size": 3, "epochs": 2})
    varied: dict[str, list[Value]] = {"model_type": ["rnn", "gru"], "dropout": [0.1, 0.2, 0.3]}
    members = plan_members(base, varied, [5, 6])
    assert [member.member for member in members] == list(range(1, 13))
    assert [member.seed for member in members] == [5] * 6 + [6] * 6
    found = [tuple(member.values.values()) for member in members]
    wanted = [(cell, share) for cell in ("rnn", "gru") for share in (0.1, 0.2, 0.3)]
    assert found == wanted * 2
    for member in members:
        differs = {name for name in SETTINGS if member.config[name] != getattr(base, name)}
        assert differs <= {"model_type", "dropout", "seed"}
        assert all(member.config[name] == value for name, value in member.values.items())
    assert combination_text(members[0].values, 5) == "model_type rnn, dropout 0.1, seed 5"


def test_one_value_is_a_combination_too() -> None:
    """A single value of a single setting makes a single run."""
    assert len(plan_members(make_config(), {"dropout": [0.5]}, [0])) == 1


def test_a_corpus_that_varies_goes_before_a_file() -> None:
    """The user's own default of a file would hide every corpus."""
    (member,) = plan_members(make_config({"data_file": "/a.txt"}), {"corpus": ["brackets"]}, [0])
    assert (member.config["data_file"], member.config["corpus"]) == ("", "brackets")


def test_too_many_runs_are_refused() -> None:
    """Nobody starts thousands of runs by a slip."""
    with pytest.raises(InputError, match="1,001 runs"):
        plan_members(make_config(), {"dropout": [0.5]}, range(1001))


@pytest.mark.parametrize("name", COMPARISONS)
def test_named_comparisons_are_the_chapters(name: str) -> None:
    """Each varies one setting over values that it takes."""
    comparison = COMPARISONS[name]
    text = ",".join(map(str, comparison.values))
    varied = parsed_variation([f"{comparison.setting}={text}"])
    assert varied == {comparison.setting: list(comparison.values)}


def budget(by: str, **given: Value) -> dict[str, Value]:
    """Return the limits that settings get, and how often they are evaluated."""
    config = with_budget(make_config(given), set(given), by)  # type: ignore[arg-type]
    return {
        "epochs": config.epochs, "max_steps": config.max_steps,
        "max_seconds": config.max_seconds, "eval_every": config.eval_every,
    }  # fmt: skip


def test_steps_are_equal_and_nothing_ends_first() -> None:
    """An epoch has one step at least, so as many epochs as steps never end first."""
    steps = DEFAULT_STEPS
    usual = {"epochs": steps, "max_steps": steps, "max_seconds": 0.0, "eval_every": steps // 10}
    assert budget("steps") == budget("parameters") == usual
    assert budget("steps", max_steps=25)["eval_every"] == 3
    assert budget("steps", max_steps=25, eval_every=4)["eval_every"] == 4
    assert budget("steps", max_steps=25, eval_every=0)["eval_every"] == 0
    epochs = {"epochs": 7, "max_steps": 0, "max_seconds": 0.0, "eval_every": 0}
    assert budget("steps", epochs=7) == epochs


def test_seconds_are_equal_and_nothing_ends_first() -> None:
    """Neither epochs nor steps bound a model whose seconds are counted."""
    found = budget("seconds")
    assert (found["max_seconds"], found["max_steps"]) == (DEFAULT_SECONDS, 0)
    assert int(found["epochs"]) > 10_000
    assert budget("seconds", max_seconds=2.5)["max_seconds"] == 2.5


def test_the_users_own_limits_are_dropped_unless_they_were_typed() -> None:
    """A limit of the config file is no limit of an experiment; one that is typed is refused."""
    preferred = make_config({"max_seconds": 9, "max_steps": 8})
    assert with_budget(preferred, (), "steps").max_seconds == 0
    assert with_budget(preferred, (), "steps").max_steps == DEFAULT_STEPS
    assert with_budget(preferred, (), "seconds").max_seconds == DEFAULT_SECONDS
    with pytest.raises(SettingsError, match="max_seconds does not go with --by steps"):
        budget("steps", max_seconds=3.0)
    with pytest.raises(SettingsError, match=r"epochs .*; max_steps .*--by seconds"):
        budget("seconds", epochs=3, max_steps=4)


@pytest.mark.parametrize("parallel", [1, 2, 3])
@pytest.mark.parametrize("threads", [0, 1, 6])
def test_a_share_of_the_threads_leads_back_to_all_of_them(
    monkeypatch: pytest.MonkeyPatch, threads: int, parallel: int
) -> None:
    """What a run has alone is told from its share, unless that was less than one."""
    monkeypatch.setattr("core.thread_shares.available_threads", lambda: 4)
    share = shared_threads(threads, parallel)
    assert share >= (parallel > 1)
    if threads != 1 or parallel == 1:
        assert unshared_threads(share, parallel) == threads


def test_threads_that_were_never_shared_do_not_become_more_than_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that began alone, in an experiment that then trained two at a time, keeps them all."""
    monkeypatch.setattr("core.thread_shares.available_threads", lambda: 4)
    assert [unshared_threads(threads, 2) for threads in (0, 4)] == [0, 4]
