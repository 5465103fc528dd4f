"""Whatever compares across vocabularies pays for the spelling of unknown tokens."""

import itertools
import math
import random
from collections import Counter
from pathlib import Path

import pytest
import torch

from cli_cases import Shell, write_table
from core.events import Evaluated, Yardstick, YardsticksMeasured
from core.models import build_model
from core.text.labelled import LabelledTexts
from core.text.spelling import Spelling, extrapolated_spelling_bits, spelling_bits
from core.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary
from core.training.evaluation import evaluate
from labelled_cases import reviews
from training_cases import TEXT, Recorder, small_config, small_corpus
from tui.history import History
from tui.loss_units import in_unit
from tui.yardsticks import comparison_text

CONSONANTS = "bcdfghjklmnpqrstvwxz"
OTHER_SCRIPT = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"


def random_words(count: int) -> str:
    """Return words of eight random consonants, a blank between them."""
    draw = random.Random(7)
    return " ".join("".join(draw.choices(CONSONANTS, k=8)) for _ in range(count))


def other_script(count: int) -> str:
    """Return words of six random characters of a script that the model has never seen."""
    draw = random.Random(8)
    return " ".join("".join(draw.choices(OTHER_SCRIPT, k=6)) for _ in range(count))


def vocabulary_of(level: str) -> Vocabulary:
    """Return the vocabulary of the usual text."""
    vocabulary = CharacterVocabulary() if level == "char" else WordVocabulary()
    vocabulary.build_vocabulary([TEXT])
    return vocabulary


def spelled_by_hand(known: list[str], token: str) -> float:
    """Return the bits of a token, written out: half like the known ones, half of any bytes."""
    counts: Counter[int | str] = Counter(byte for other in known for byte in other.encode())
    total = sum(counts.values()) + len(known) + 257
    symbols: list[int | str] = [*token.encode()]
    like_known = math.prod((counts[symbol] + 1) / total for symbol in symbols)
    like_known *= (len(known) + 1) / total
    return -math.log2(like_known / 2 + 256.0 ** -(len(symbols) + 1) / 2)


@pytest.mark.parametrize("level", ["char", "word"])
@pytest.mark.parametrize("token", ["q", "zebra", "né", "\ud800", "宇宙"])
def test_a_token_is_spelled_by_bytes_like_those_of_the_known_ones(level: str, token: str) -> None:
    """The bits are those of the formula, and never many more than 8 a byte."""
    vocabulary = vocabulary_of(level)
    known = [vocabulary.token(index) for index in range(1, len(vocabulary))]
    bits = Spelling(vocabulary).bits(token)
    if token != "\ud800":
        assert bits == pytest.approx(spelled_by_hand(known, token))
    assert 0 < bits <= 8 * (len(token.encode("utf-8", "surrogatepass")) + 1) + 1


def test_spellings_are_no_more_probable_than_one() -> None:
    """A code could be made of them: the probabilities of different tokens sum to less than 1."""
    spelling = Spelling(vocabulary_of("word"))
    one = list(map(chr, range(128)))
    short = [*one, *map("".join, itertools.product(one, repeat=2))]
    assert 0.001 < sum(2.0 ** -spelling.bits(token) for token in short) < 1


def test_only_what_is_unknown_is_spelled() -> None:
    """Known tokens and a `<unk>` that stands in the text take nothing, others as often as met."""
    words, chars = vocabulary_of("word"), vocabulary_of("char")
    assert spelling_bits(words, TEXT) == spelling_bits(chars, TEXT) == 0
    assert spelling_bits(words, "the <unk> fox") == 0
    assert words.unknown_counts("the zebra fox ox zebra") == {"zebra": 2, "ox": 1}
    assert chars.unknown_counts("fÆx Æ!") == {"Æ": 2, "!": 1}
    twice = spelling_bits(words, "zebra zebra")
    assert twice == pytest.approx(2 * spelling_bits(words, "zebra"))


def test_of_a_long_text_the_head_tells() -> None:
    """The mean over the head's unknown tokens holds for all; without any, that of the known."""
    words = vocabulary_of("word")
    spelled = spelling_bits(words, "the zebra <unk>")
    assert extrapolated_spelling_bits(words, "the zebra <unk>", 10) == pytest.approx(5 * spelled)
    assert extrapolated_spelling_bits(words, TEXT, 0) == 0
    known = [words.token(index) for index in range(1, len(words))]
    mean = sum(map(Spelling(words).bits, known)) / len(known)
    assert extrapolated_spelling_bits(words, TEXT, 3) == pytest.approx(3 * mean)


@pytest.mark.parametrize("level", ["char", "word"])
def test_no_model_predicts_random_letters_better_than_chance(level: str) -> None:
    """A model that is sure of `<unk>` still takes more bits than random consonants have."""
    config = small_config(vocab_type=level)
    vocabulary, text = vocabulary_of(level), random_words(500)
    model = build_model(config, len(vocabulary))
    with torch.no_grad():
        model.output.bias[0] = 50.0
    found = evaluate(
        model,
        vocabulary.text_to_indices(text),
        chars=len(text),
        words=500,
        device=torch.device("cpu"),
        spelling_bits=spelling_bits(vocabulary, text),
    )
    entropy = math.log2(len(CONSONANTS)) * 8 / 9
    assert found.bits_per_char is not None
    assert found.bits_per_char > entropy
    if level == "word":
        assert found.unknown == 500
        assert found.loss < 0.01


def test_training_tells_what_spelling_takes() -> None:
    """An evaluation's bits per character include it, beside yardsticks that all include it too."""
    text = TEXT + random_words(40)
    config = small_config(vocab_type="word", max_steps=2, val_fraction=0.2)
    corpus = small_corpus(config, text)
    recorder = Recorder()
    recorder.trainer(config, corpus).run()
    found = recorder.of(Evaluated)[-1]
    assert found.spelling_bits_per_char == pytest.approx(
        spelling_bits(corpus.vocabulary, corpus.val_head) / corpus.val_chars
    )
    assert found.spelling_bits_per_char > 1
    assert found.val_loss is not None
    assert found.bits_per_char is not None
    tokens_per_char = (len(corpus.val) - 1) / corpus.val_chars
    of_tokens = found.val_loss * tokens_per_char / math.log(2)
    assert found.bits_per_char == pytest.approx(of_tokens + found.spelling_bits_per_char)
    for stick in recorder.of(YardsticksMeasured)[0].yardsticks:
        assert stick.bits_per_char is not None
        if stick.loss is not None:
            # Who is ahead, and by how much, is the same in both units.
            gap = (stick.loss - found.val_loss) * tokens_per_char / math.log(2)
            assert gap == pytest.approx(stick.bits_per_char - found.bits_per_char)
    history = History()
    for event in recorder.events:
        history.fold(event)
    shown = in_unit(
        history.validation["loss"],
        "bits/char",
        history.tokens_per_char,
        history.spelling_bits_per_char,
    )
    assert shown[-1] == pytest.approx(found.bits_per_char)


@pytest.mark.parametrize("level", ["char", "word"])
def test_a_foreign_text_is_told_as_unknown_and_not_as_beaten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    """Of a text in another script all tokens are unknown, it is said, and xz is ahead."""
    shell = Shell(tmp_path, capsys)
    assert shell.train("--vocab_type", level).code == 0
    foreign = shell.root / "foreign.txt"
    foreign.write_text(other_script(400))
    words = ("evaluate", "--data_file", str(foreign))
    (found,) = shell.run(*words, "--json").objects
    unknown, tokens = {"char": (2400, 2799), "word": (400, 400)}[level]
    assert (found["unknown"], found["tokens"]) == (unknown, tokens - 1)
    xz: dict[str, object] = found["yardsticks"][-1]  # type: ignore[index]
    assert (xz["name"], xz["loss"]) == ("xz", None)
    assert float(str(found["bits_per_char"])) > float(str(xz["bits_per_char"])) + 8
    done = shell.run(*words)
    assert any(f"{unknown:,} of {tokens:,} tokens" in line for line in done.lines)
    assert "behind" in done.lines[-1]
    assert "bits per character" in done.lines[-1]
    summary = shell.run(*words, "--per_char", "--json").objects[0]
    assert (summary["unknown"], summary["tokens"]) == (unknown, tokens)
    assert summary["spelling_bits_per_char"] == pytest.approx(found["spelling_bits_per_char"])
    assert f"{unknown:,} of {tokens:,} tokens" in shell.run(*words, "--per_char").out


def test_a_classifier_says_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts of unknown words get a class all the same, and it is said that none was known."""
    shell = Shell(tmp_path, capsys)
    assert shell.train_classifier("--epochs", "1", "--vocab_type", "word").code == 0
    done = shell.run("classify", random_words(5))
    assert (done.code, done.err) == (0, "rnnstudio: unknown: 5 of 5 tokens, read as <unk>\n")
    table = shell.root / "foreign.tsv"
    labels = sorted(set(reviews().labels))
    write_table(table, LabelledTexts([random_words(3)] * 2, labels[:2], ["", ""]))
    (found,) = shell.run("evaluate", "--json", "--data_file", str(table)).objects
    assert (found["unknown"], found["tokens"]) == (6, 6)
    assert any(
        "6 of 6 tokens" in line for line in shell.run("evaluate", "--data_file", str(table)).lines
    )


def test_who_is_ahead_is_told_in_bits_too() -> None:
    """The comparison names its unit, and leaves out what has no figure in it."""
    sticks = [Yardstick(name="xz", loss=None, bits_per_char=4.0)]
    assert comparison_text(sticks, 3.0) == ""
    assert comparison_text(sticks, 3.0, "bits/char") == (
        "better than xz, the best of them, by 1.00 bits per character"
    )
    assert comparison_text(sticks, 9.0, "bits/char") == "worse than all of them: 5.00 behind xz"
