"""What drivers say at a kiosk, spoken by espeak-ng: 16 kHz, one channel, as samples of 16 bits.

Synthetic voices are clear and without breath; what they show of a detector is relative.
"""

from __future__ import annotations

import subprocess
from array import array
from functools import lru_cache
from typing import Final

RATE: Final = 16_000

VOICES: Final = ("pt-br", "pt-br+f2", "pt-br+m3", "pt-br+f4")
"""Two men's and two women's."""

COMMANDS: Final = (
    "quanto custa carregar aqui?",
    "começa na vaga dois",
    "quanto já gastei?",
    "para a minha recarga",
    "o cabo está travado",
    "preciso sair às seis",
    "quero mais cem quilômetros",
    "a vaga um está livre?",
    "quanto falta para terminar?",
    "pode começar a carregar agora",
    "qual é o preço do quilowatt hora?",
    "quero carregar só trinta quilowatt hora",
    "a tomada não solta do meu carro",
    "quanto eu gastei na semana passada?",
    "como faço para pagar?",
    "pare a recarga da vaga três, por favor",
    "meu cartão não funciona",
    "quero gastar no máximo cinquenta reais",
    "que horas o carro fica pronto?",
    "a tela da vaga quatro está apagada",
    "inicia a recarga na vaga um",
    "preciso do carro às sete e meia da manhã",
    "tem alguma vaga livre?",
    "por que está carregando tão devagar?",
)
"""Commands of the kind that the kiosk is for."""

SHORT_ANSWERS: Final = ("sim", "não", "pode", "isso", "claro", "agora não")
"""What follows a question that wants a yes or a no."""

TALK: Final = (
    "ontem a gente foi à praia e choveu o dia inteiro, mas valeu a pena porque as crianças adoraram o passeio",
    "o jogo de domingo foi muito ruim, o goleiro não viu a bola e o juiz também não ajudou em nada",
    "você viu o preço do tomate no mercado? está tudo mais caro, não dá mais para fazer feira como antes",
    "a reunião ficou para quinta-feira de tarde, então dá tempo de almoçar com calma antes de sair",
    "meu irmão comprou um apartamento perto do parque, mas a obra ainda vai até o fim do ano que vem",
    "eu disse para ela que o filme era comprido demais, e mesmo assim ela quis ver até o fim",
)
"""What people nearby talk about."""


@lru_cache(maxsize=256)
def spoken(text: str, voice: str = VOICES[0], words_a_minute: int = 165) -> array[int]:
    """The text as samples, without the silence before its first sound and after its last one."""
    wave = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(words_a_minute), "--stdout", text], capture_output=True, check=True
    ).stdout
    raw = subprocess.run(
        [
            "sox",
            "-t",
            "wav",
            "-",
            "-r",
            str(RATE),
            "-c",
            "1",
            "-b",
            "16",
            "-e",
            "signed",
            "-t",
            "raw",
            "-",
            "gain",
            "-3",
        ],
        input=wave,
        capture_output=True,
        check=True,
    ).stdout
    samples = array("h", raw)
    loud = max(map(abs, samples)) // 50
    first = next(at for at, sample in enumerate(samples) if abs(sample) > loud)
    last = next(at for at in range(len(samples) - 1, 0, -1) if abs(samples[at]) > loud)
    return samples[first : last + 1]


def rms(samples: array[int]) -> float:
    """Their effective value."""
    return (sum(x * x for x in samples) / max(1, len(samples))) ** 0.5
