"""Words that questions are made of in Portuguese, English and Spanish, without accents: they say nothing of what is
asked for."""

from __future__ import annotations

from typing import Final

_TEXT: Final = """
    a ao aos aqui as ate com como da das de do dos e ela ele em essa esse esta este eu faco faz fazer fica foi ha isso
    isto ja la mais me meu meus minha na nao nas no nos o onde os ou para pela pelo por posso pode preciso pra qual
    quais quando quanto que quem quero se sem ser seu sua tem tenho ter um uma voce
    an and any are at can could did do does for from get have how i in is it my need of on or our please should that
    the there this to want what when where which who why will with would you your
    al del cual cuales cuando cuanto donde el ella en es esta hay hago las lo los mi mis muy necesito para pero por
    porque puedo que quien quiero si sin sobre su sus tiene tengo un una usted y yo
"""

QUESTION_WORDS: Final = frozenset(_TEXT.split())
