"""Common sentences in ten languages: what the sandbox can translate without a network.

A phrase book, not a translator. Text that is not in it comes back marked with the wanted language,
`[es] Hello there`, so that nobody takes it for a translation.
"""

import re
import unicodedata

LANGUAGES = ("en", "es", "fr", "de", "pt", "ru", "ar", "hi", "zh", "ja")

# One phrase a line, in the order of `LANGUAGES`.
_PHRASES = """
Hello! | ¡Hola! | Bonjour ! | Hallo! | Olá! | Привет! | مرحبا! | नमस्ते! | 你好！ | こんにちは！
Hi! | ¡Hola! | Bonjour ! | Hallo! | Olá! | Привет! | مرحبا! | नमस्ते! | 你好！ | こんにちは！
Good morning. | Buenos días. | Bonjour. | Guten Morgen. | Bom dia. | Доброе утро. | صباح الخير. | सुप्रभात। | 早上好。 | おはようございます。
Good evening. | Buenas noches. | Bonsoir. | Guten Abend. | Boa noite. | Добрый вечер. | مساء الخير. | शुभ संध्या। | 晚上好。 | こんばんは。
Good night. | Buenas noches. | Bonne nuit. | Gute Nacht. | Boa noite. | Спокойной ночи. | تصبح على خير. | शुभ रात्रि। | 晚安。 | おやすみなさい。
How are you? | ¿Cómo estás? | Comment ça va ? | Wie geht es dir? | Como você está? | Как дела? | كيف حالك؟ | आप कैसे हैं? | 你好吗？ | お元気ですか？
I am fine, thank you. | Estoy bien, gracias. | Je vais bien, merci. | Mir geht es gut, danke. | Estou bem, obrigado. | Хорошо, спасибо. | أنا بخير، شكرا. | मैं ठीक हूँ, धन्यवाद। | 我很好，谢谢。 | 元気です、ありがとう。
Thank you. | Gracias. | Merci. | Danke. | Obrigado. | Спасибо. | شكرا. | धन्यवाद। | 谢谢。 | ありがとうございます。
Thank you very much. | Muchas gracias. | Merci beaucoup. | Vielen Dank. | Muito obrigado. | Большое спасибо. | شكرا جزيلا. | बहुत धन्यवाद। | 非常感谢。 | どうもありがとうございます。
You are welcome. | De nada. | De rien. | Gern geschehen. | De nada. | Не за что. | عفوا. | आपका स्वागत है। | 不客气。 | どういたしまして。
Please. | Por favor. | S'il vous plaît. | Bitte. | Por favor. | Пожалуйста. | من فضلك. | कृपया। | 请。 | お願いします。
Sorry. | Lo siento. | Désolé. | Es tut mir leid. | Desculpe. | Извините. | آسف. | क्षमा करें। | 对不起。 | ごめんなさい。
Yes. | Sí. | Oui. | Ja. | Sim. | Да. | نعم. | हाँ। | 是的。 | はい。
No. | No. | Non. | Nein. | Não. | Нет. | لا. | नहीं। | 不是。 | いいえ。
Goodbye. | Adiós. | Au revoir. | Auf Wiedersehen. | Adeus. | До свидания. | مع السلامة. | अलविदा। | 再见。 | さようなら。
See you tomorrow. | Hasta mañana. | À demain. | Bis morgen. | Até amanhã. | До завтра. | أراك غدا. | कल मिलते हैं। | 明天见。 | また明日。
Welcome. | Bienvenido. | Bienvenue. | Willkommen. | Bem-vindo. | Добро пожаловать. | أهلا وسهلا. | स्वागत है। | 欢迎。 | ようこそ。
What is your name? | ¿Cómo te llamas? | Comment t'appelles-tu ? | Wie heißt du? | Qual é o seu nome? | Как тебя зовут? | ما اسمك؟ | आपका नाम क्या है? | 你叫什么名字？ | お名前は何ですか？
Nice to meet you. | Encantado de conocerte. | Enchanté. | Freut mich. | Prazer em conhecê-lo. | Приятно познакомиться. | تشرفت بمعرفتك. | आपसे मिलकर खुशी हुई। | 很高兴认识你。 | はじめまして。
Where are you? | ¿Dónde estás? | Où es-tu ? | Wo bist du? | Onde você está? | Где ты? | أين أنت؟ | आप कहाँ हैं? | 你在哪里？ | どこにいますか？
What time is it? | ¿Qué hora es? | Quelle heure est-il ? | Wie spät ist es? | Que horas são? | Который час? | كم الساعة؟ | क्या समय हुआ है? | 几点了？ | 何時ですか？
How much does it cost? | ¿Cuánto cuesta? | Combien ça coûte ? | Was kostet das? | Quanto custa? | Сколько это стоит? | كم يكلف هذا؟ | इसकी कीमत क्या है? | 多少钱？ | いくらですか？
I do not understand. | No entiendo. | Je ne comprends pas. | Ich verstehe nicht. | Não entendo. | Я не понимаю. | لا أفهم. | मैं समझा नहीं। | 我不明白。 | わかりません。
Can you help me? | ¿Puedes ayudarme? | Peux-tu m'aider ? | Kannst du mir helfen? | Você pode me ajudar? | Ты можешь мне помочь? | هل يمكنك مساعدتي؟ | क्या आप मेरी मदद कर सकते हैं? | 你能帮我吗？ | 手伝ってもらえますか？
I agree. | Estoy de acuerdo. | Je suis d'accord. | Ich bin einverstanden. | Concordo. | Я согласен. | أنا موافق. | मैं सहमत हूँ। | 我同意。 | 賛成です。
I will be late. | Llegaré tarde. | Je serai en retard. | Ich komme zu spät. | Vou me atrasar. | Я опоздаю. | سأتأخر. | मुझे देर होगी। | 我会迟到。 | 遅れます。
The meeting is at ten. | La reunión es a las diez. | La réunion est à dix heures. | Das Treffen ist um zehn. | A reunião é às dez. | Встреча в десять. | الاجتماع في العاشرة. | बैठक दस बजे है। | 会议在十点。 | 会議は十時です。
Who is coming to dinner? | ¿Quién viene a cenar? | Qui vient dîner ? | Wer kommt zum Abendessen? | Quem vem jantar? | Кто придёт на ужин? | من سيأتي للعشاء؟ | रात के खाने पर कौन आ रहा है? | 谁来吃晚饭？ | 夕食に誰が来ますか？
I love you. | Te quiero. | Je t'aime. | Ich liebe dich. | Eu te amo. | Я тебя люблю. | أحبك. | मैं तुमसे प्यार करता हूँ। | 我爱你。 | 愛しています。
Happy birthday! | ¡Feliz cumpleaños! | Joyeux anniversaire ! | Alles Gute zum Geburtstag! | Feliz aniversário! | С днём рождения! | عيد ميلاد سعيد! | जन्मदिन मुबारक! | 生日快乐！ | お誕生日おめでとう！
"""  # noqa: E501  # A table is read across.

_ROWS = [tuple(cell.strip() for cell in row.split("|")) for row in _PHRASES.strip().splitlines()]
# A sentence ends at its mark, with the marks of the languages above; a line break ends one too.
_SENTENCE = re.compile(r"[^.!?。！？؟।\n]*[.!?。！？؟।\n]*\s*")


def translate(text: str, language: str) -> str:
    """Return the text in the wanted language, sentence by sentence, if the book has all of it.

    One sentence the book does not have leaves the whole text as it was, after a mark: `[es] …`. The
    language of the text is found by looking it up; case and punctuation do not matter.
    """
    language = language.lower().partition("-")[0]
    known = [
        _look_up(sentence, language) for sentence in _SENTENCE.findall(text) if sentence.strip()
    ]
    if not known or None in known:
        return f"[{language}] {text}"
    gap = "" if language in ("zh", "ja") else " "
    return gap.join(sentence for sentence in known if sentence is not None)


def _look_up(sentence: str, language: str) -> str | None:
    if language not in LANGUAGES:
        return None
    row = _BOOK.get(_bare(sentence))
    return row[LANGUAGES.index(language)] if row else None


def _bare(sentence: str) -> str:
    """Return the letters of a sentence, lower case, one blank between words."""
    # Vowel signs, as Hindi has them, are marks (M) and as much part of the word as letters (L).
    kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in sentence.lower())
    return " ".join("".join(kept).split())


# Two phrases may be one in another language (good evening and good night are in Spanish): the first
# counts.
_BOOK = {_bare(phrase): row for row in reversed(_ROWS) for phrase in row}
