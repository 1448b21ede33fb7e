"""Text as people and models write it, from a small vocabulary in several languages."""

from __future__ import annotations

from random import Random

_SENTENCES = {
    "en": (
        "Could you explain how the index is used here?",
        "The query scans the whole table because the filter is not selective.",
        "Sure, here is a shorter version of the letter.",
        "It depends on the timezone of the server, not of the browser.",
        "Please keep the tone friendly and the answer short.",
        "I would start with the smallest change that can be measured.",
        "That's right: the cache is cleared on every deploy.",
        "Which of these two options would you recommend for a team of five?",
        "First install the package, then restart the worker and look at the log.",
        "The error says that the file was closed before it was read.",
        "Let's walk through the example step by step.",
        "In summary, the second approach is simpler and fast enough.",
        "Thanks, that works! One more question about the second point.",
        "Note that the price is per seat and billed once a year.",
        "A good rule of thumb is to test the failure before the success.",
        "Here is the recipe for four people, without nuts.",
    ),
    "de": (
        "Könntest du das bitte etwas kürzer fassen?",
        "Die Größe der Datei überschreitet die zulässige Grenze.",
        "Das Müsli kostet heute 3,49 € statt 4,20 €.",
        "Prüfe zuerst, ob der Schlüssel noch gültig ist.",
    ),
    "fr": (
        "L'été dernier, nous avons visité un château près d'Angoulême.",
        "Voici une réponse plus détaillée à ta question.",
        "Ça dépend du contexte et de la façon dont c'est utilisé.",
    ),
    "es": ("¿Puedes resumir el artículo en tres líneas?", "El señor Núñez llegó mañana por la mañana."),
    "ru": ("Объясни, пожалуйста, разницу между этими подходами.", "Ёлка стоит перед окном."),
    "zh": ("请用简单的话解释一下这个概念。", "数据库索引可以加快查询速度。"),
    "ja": ("この文章をもっと丁寧に書き直してください。", "東京の天気はどうですか?"),
    "ar": ("كيف يمكنني تحسين هذا الاستعلام؟", "شكرا جزيلا على المساعدة."),
    "hi": ("कृपया इसे सरल शब्दों में समझाइए।",),
    "ko": ("이 코드를 어떻게 테스트하나요?",),
}
_BLOCKS = (
    "```python\ndef total(rows):\n    return sum(row['price'] * row[\"count\"] for row in rows)\n```",
    "```sql\nSELECT name, count(*) FROM \"order\" WHERE note LIKE '50\\%' GROUP BY 1;\n```",
    "| name | value |\n| --- | ---: |\n| width | 1.0 |\n| height | 2 |",
    "1. open `C:\\Users\\me\\notes.txt`\n2. search for `\\d+`\n3. save",
    "$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$",
    "- [ ] milk\n- [x] bread\n- [ ] 6 eggs 🥚",
)
_LANGUAGES = ("en",) * 12 + tuple(_SENTENCES)[1:]
_FIRST = (
    "Ada",
    "Björn",
    "Chloé",
    "Dmitri",
    "Esra",
    "Fatima",
    "Giulia",
    "Hiro",
    "Íñigo",
    "Jörg",
    "Kim",
    "Łucja",
)
_LAST = (
    "Kowalski",
    "Müller",
    "O'Neil",
    "Nguyễn",
    "Sánchez",
    "Tanaka",
    "van den Berg",
    "Öztürk",
    "Smith",
    "Zhào",
)
_TOPICS = (
    "Invoice",
    "Holiday plans",
    "SQL",
    "Rezept",
    "Roman",
    "Réunion",
    "Weekly report",
    "旅行",
    "Код",
    "Budget",
)

TAGS = (
    "work", "Private", "to do", "Große Pläne", "recherche", "idée", "SQL", "Home Office", "旅行", "код",
    "50% off", "a_b", "C++", "it's", 'so "so"', "München", "ÅNGSTRÖM", "İstanbul", "🎉 party", "none of it",
)  # fmt: skip


def sentence(rng: Random) -> str:
    """One sentence."""
    return rng.choice(_SENTENCES[rng.choice(_LANGUAGES)])


def text(rng: Random, characters: int) -> str:
    """Sentences of one language, about that long; now and then with a block of code, a table or a list."""
    sentences = _SENTENCES[rng.choice(_LANGUAGES)]
    count = max(1, characters // len(sentences[0]))
    words = " ".join(rng.choices(sentences, k=count))
    return f"{words}\n\n{rng.choice(_BLOCKS)}" if characters > 400 and rng.random() < 0.3 else words


def title(rng: Random) -> str:
    """A chat's or folder's title."""
    return f"{rng.choice(_TOPICS)} {rng.randrange(1, 400)}"


def person(rng: Random) -> str:
    """A person's name."""
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
