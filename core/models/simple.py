"""The three models of generation, one a recurrent cell, each with its equations.

In them x_t is what the layer below gives at time t, h_t the hidden state, σ the logistic function
and ⊙ the product element by element.
"""

from core.config import Config
from core.models.language_model import LanguageModel
from core.models.recurrence import Cell


class SimpleRNN(LanguageModel):
    """Model with the plain recurrence of Elman 1990.

    h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

    The gradient with respect to h_{t-k} holds the factor W_hh k times and so vanishes or explodes
    with k (Bengio, Simard & Frasconi 1994).
    """

    cell = "rnn"


class SimpleLSTM(LanguageModel):
    """Model with long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000).

    i = σ(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)      input gate
    f = σ(W_if x_t + b_if + W_hf h_{t-1} + b_hf)      forget gate
    g = tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)   what to remember
    o = σ(W_io x_t + b_io + W_ho h_{t-1} + b_ho)      output gate
    c_t = f ⊙ c_{t-1} + i ⊙ g                         memory cell
    h_t = o ⊙ tanh(c_t)

    From c_{t-1} to c_t the gradient is multiplied by f alone, which training can hold near 1.
    """

    cell = "lstm"


class SimpleGRU(LanguageModel):
    """Model with gated recurrent units (Cho et al. 2014, arXiv:1406.1078).

    r = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)          reset gate
    z = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)          update gate
    n = tanh(W_in x_t + b_in + r ⊙ (W_hn h_{t-1} + b_hn))
    h_t = (1 - z) ⊙ n + z ⊙ h_{t-1}

    As in torch, r acts after the product with W_hn, which lets one product serve all gates.
    """

    cell = "gru"


MODELS: dict[Cell, type[LanguageModel]] = {"rnn": SimpleRNN, "lstm": SimpleLSTM, "gru": SimpleGRU}
"""The model of each `model_type`."""


def build_model(config: Config, vocab_size: int) -> LanguageModel:
    """Make the model that the settings ask for, with fresh weights on the CPU.

    Args:
        config: The settings of the run.
        vocab_size: Tokens known, special ones included.

    Raises:
        ValueError: The vocabulary is empty.
    """
    return MODELS[config.model_type](
        vocab_size,
        embedding_dim=config.embedding_dim,
        hidden_size=config.hidden_size,
        num_layers=config.num_layers,
        dropout=config.dropout,
        tie_weights=config.tie_weights,
    )
