from . import wrong

WRONG = {
    "momentum": [
        wrong("velocity not kept", 'own["mu"] * u - ', "-", says="the velocity is not kept"),
        wrong("all of it kept", 'own["mu"] * u', "u", says="not its part μ"),
        wrong(
            "other form",
            '- own["eta"]',
            '- (1 - own["mu"]) * own["eta"]',
            says="that is another form",
        ),
        wrong("uphill", '- own["eta"]', '+ own["eta"]', says="uphill"),
    ],
    "penalty": [
        wrong("½ left out", "beta * W[l]", "2 * beta * W[l]", says="the ½ of the penalty"),
        wrong(
            "biases too", "db[l].copy()", "db[l] + beta * b[l]", says="the biases are penalised too"
        ),
        wrong("sign", "+ beta * W[l]", "- beta * W[l]", says="weights would grow"),
        wrong("without the weight", "beta * W[l]", "beta", says="without the weight"),
        wrong(
            "penalty itself", "beta * W[l]", "beta / 2 * np.sum(W[l]**2)", says="not its derivative"
        ),
    ],
    "adam": [
        wrong(
            "no correction",
            "p / (1 - beta1**t), q / (1 - beta2**t)",
            "p, q",
            says="not freed of their start",
            keeps=2,
        ),
        wrong(
            "t from 0",
            "beta1**t), q / (1 - beta2**t)",
            "beta1**(t - 1) if t > 1 else p), q / (1 - beta2**(t - 1) if t > 1 else q)",
            says="counted from 0",
            keeps=2,
        ),
        wrong("root missing", "np.sqrt(q_hat)", "q_hat", says="the root of q is missing", keeps=2),
        wrong(
            "epsilon inside",
            "(np.sqrt(q_hat) + epsilon)",
            "np.sqrt(q_hat + epsilon)",
            says="epsilon stands under the root",
            keeps=2,
        ),
        wrong(
            "corrected means kept",
            "epsilon), p, q",
            "epsilon), p_hat, q_hat",
            says="only p and q go on",
            keeps=2,
        ),
    ],
    "stopping": [
        wrong(
            "from the last fall",
            "if errors[epoch] < errors[best]:\n            best = epoch\n"
            "        elif epoch - best >= patience:\n            return best, epoch",
            "if errors[epoch] < errors[best]:\n            best = epoch\n"
            "        if errors[epoch] < errors[epoch - 1]:\n            last = epoch\n"
            "        elif epoch - last >= patience:\n            return best, epoch",
            "best = 0\n",
            "best = last = 0\n",
            says="not from the last fall",
        ),
        wrong(
            "equal counts as smaller",
            "errors[epoch] < errors[best]",
            "errors[epoch] <= errors[best]",
            says="an equal error is not a smaller one",
        ),
        wrong(
            "looks ahead",
            "return best, epoch",
            "return int(np.argmin(errors)), epoch",
            says="what comes after the stop",
        ),
        wrong("one epoch early", ">= patience", ">= patience - 1", says="early_stopping"),
        wrong("never stops", "return best, epoch", "pass", says="what comes after the stop"),
    ],
}
