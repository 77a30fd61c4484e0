"""The words that people say most, by language: small talk, and what holds sentences together.

As they are typed in chats, so with and without accents. A word may be common in several languages;
it then says less about each.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final

from bot.conversation.lines import folded

_COMMON: Final[Mapping[str, str]] = {
    "ar": """
        في من على إلى الى عن مع هذا هذه ذلك التي الذي ما ماذا هل كيف أين متى لماذا ليش شو ايش وش
        أنا انا أنت انت هو هي نحن احنا لا نعم اي ايوه مش مو ليس شكرا جزيلا عفوا اليوم الآن الان
        غدا بكرة أمس كان يا لكن عندي عندك يلا طيب والله كل بعد قبل صباح مساء الخير
    """,
    "fa": """
        در از به که این آن را با برای است بود شد هست نیست من تو او ما شما آنها چه چی چرا کی کجا
        چطور چطوری نه بله آره ممنون مرسی خیلی خوب باشه امروز فردا دیروز الان هم اگر ولی اما می نمی
        کن کنید کنم داره دارم رو دیگه هنوز خوبی
    """,
    "ur": """
        کا کی کے میں ہے ہیں تھا تھی کو سے نے پر اور یہ وہ کیا کیوں کہاں کب کیسے نہیں ہاں آپ تم
        میرا میری مجھے ہم بہت شکریہ آج کل ابھی ٹھیک اچھا بھائی یار رہا رہی رہے گا گی
    """,
    "hi": """
        का की के में है हैं था थी को से ने पर और यह ये वह वो क्या क्यों कहाँ कहां कब कैसे नहीं हाँ
        हां आप तुम मेरा मेरी मुझे हम बहुत धन्यवाद शुक्रिया आज कल अभी ठीक अच्छा भाई यार रहा रही रहे
        गया गई
    """,
    "mr": """
        आहे आहेत होता होती मी तू तुम्ही आपण काय का कुठे कधी कसे कसा नाही हो आणि हे ते मला तुला खूप
        धन्यवाद आज उद्या काल आता बरं चांगले झाले करतो करते
    """,
    "ne": """
        छ छन् हो होइन थियो म तिमी तपाईं हामी के किन कहाँ कहिले कसरी छैन र यो त्यो मलाई धेरै
        धन्यवाद आज भोलि हिजो अहिले भयो गर्छु
    """,
    "ru": """
        и в не на что это как я ты он она мы вы они с у к по за из о от но а да нет где когда
        почему кто мне тебе меня тебя его её спасибо пожалуйста привет сейчас щас сегодня завтра
        вчера уже еще ещё очень хорошо ладно будет был была было есть надо нужно можно только тоже
        если чтобы вот все всё там тут ну просто опять потом большое знаю пока
    """,
    "uk": """
        і й та в у не на що це як я ти він вона ми ви вони з до по за із о від але а так ні де
        коли чому хто мені тобі мене тебе його її дякую дуже будь ласка привіт зараз зара сьогодні
        завтра вчора вже ще добре гаразд буде був була було є треба можна тільки теж якщо щоб ось
        усе все там тут ну просто знову потім знаю поки
    """,
    "be": """
        і ў у не на што гэта як я ты ён яна мы вы яны з да але так дзе калі чаму хто мне цябе мяне
        дзякуй вельмі прывітанне зараз сёння заўтра учора ўжо яшчэ добра ёсць трэба можна толькі
    """,
    "bg": """
        и в не на че това как аз ти той тя ние вие те с от за до но да къде кога защо кой ми ли ще
        благодаря много здравей здрасти сега днес утре вчера вече още добре е съм си са беше има
        няма може само също ако какво
    """,
    "sr": """
        и у не на да је то као ја ти он она ми ви они с од за до али где кад када зашто ко ли ће
        хвала много здраво сада данас сутра јуче већ још добро сам си су био има нема може само
        ако шта
    """,
    "en": """
        the a an and or but of to in on at for with from by is are was were be been am do does did
        don't dont have has had will would can could should i i'm im you he she it it's its we
        they me my your his her our their this that that's thats there here what where when why
        who how not no yes yeah yep nope thanks thank please hello hey sorry good morning night
        everyone today tomorrow yesterday now just so too very really know think need want going
        gonna wanna get got let's lets see if about all some any anyone after before again still
        well welcome sure tbh idk bye right ok
    """,
    "es": """
        el la los las un una y o pero de del en a al con por para que qué es está están son era
        fue no sí si yo tú tu él ella nosotros ellos me te se lo le nos mi su este esta esto eso
        ese aquí ahí dónde donde cuándo cuando cómo como quién quien muy más mas también tambien
        ya hoy mañana ayer ahora gracias muchas favor hola buenos buenas días dias tardes noches
        bien vale bueno tengo tiene hay hacer voy vamos puedo quiero sabes todo nada algo porque
        pues luego siempre estoy eres soy hasta tío xq pq q muchos
    """,
    "fr": """
        le la les l un une des du de et ou mais en à au aux avec pour par que qui quoi est c'est
        cest sont était être a ai as ont avoir pas ne non oui je j'ai jai tu il elle on nous vous
        ils me te se mon ma ton ta son sa ce cette ces ça ici là où quand comment pourquoi très
        plus aussi déjà aujourd'hui demain hier maintenant merci beaucoup bonjour bonsoir salut
        bien d'accord faut fait faire vais va peux veux tout rien quelque quelqu'un chez dans sur
        si même encore toujours suis es t'es stp svp
    """,
    "de": """
        der die das den dem ein eine einen und oder aber von zu zum zur in im am an auf mit für
        aus bei nach ist sind war waren sein bin bist hat habe hab haben wird werden kann kannst
        können muss müssen ich du er sie es wir ihr mich dich mir dir mein dein unser nicht kein
        keine nein ja doch danke bitte hallo guten morgen abend heute gestern jetzt schon noch
        auch sehr was wo wann warum wer wie wieder immer mal nur so gut alles nichts etwas wenn
        dass weil dann vielen dank gerade bis keinen ne nee fuer ueber
    """,
    "pt": """
        o a os as um uma e ou mas de do da dos das em no na nos nas ao com por para pra pro que é
        está estão são era foi não nao sim eu tu você voce vocês ele ela nós eles me te se lhe meu
        minha seu sua este esta isso isto esse aqui ali onde quando como quem porque muito mais
        também tambem já hoje amanhã ontem agora obrigado obrigada olá oi bom boa dia tarde noite
        bem tudo nada tem tenho vou vamos posso quero sabe então entao até ate só né pq vc vcs
        gente estou tô fazer alguém
    """,
    "it": """
        il lo la i gli le un uno una e o ma di del della dei delle in nel nella a al alla con per
        da dal che chi è sono era non no sì si io tu lui lei noi voi loro mi ti ci vi mio tuo suo
        questo questa quello qui dove quando come perché perche molto più anche già oggi domani
        ieri adesso ora grazie mille ciao buongiorno buonasera bene allora tutto niente qualcuno
        ho hai ha abbiamo fare vado andiamo posso voglio sai solo sempre ancora dai sto stai va
        siete cosa
    """,
    "nl": """
        de het een en of maar van te in op aan met voor uit bij naar is zijn was waren ben bent
        heeft heb hebben hebt wordt kan kun kunnen moet moeten ik jij je hij zij ze wij we jullie
        u mij me mijn jouw niet geen nee ja wel dank dankje bedankt alsjeblieft hallo hoi
        goedemorgen vandaag morgen gisteren nu al nog ook heel erg wat waar wanneer waarom wie hoe
        weer altijd even ff gewoon zo goed alles niets iets als dat dit die dan tot er daar
    """,
    "tr": """
        ve veya ama bir bu şu o ben sen biz siz onlar bana sana beni seni bizim için ile gibi de
        da mi mı mu mü ne nerede neden niye nasıl kim zaman var yok değil evet hayır çok daha en
        teşekkür teşekkürler ederim sağol lütfen merhaba selam günaydın bugün yarın dün şimdi
        sonra önce tamam iyi güzel her şey hiç olur oldu olsun ya abi kanka hadi bence gel git
        geliyorum icin degil simdi yarin bugun nasil
    """,
    "pl": """
        i w z na do o od za po dla nie tak że ze to jest są był była być ja ty on ona my wy oni
        mnie mi ci się sie mój twój ten ta te co gdzie kiedy dlaczego czemu kto jak czy ale lub
        albo już juz jeszcze też tez bardzo dziękuję dziękuje dzięki dzieki proszę prosze cześć
        czesc dzień dzien dobry dobra dzisiaj dziś jutro wczoraj teraz mam masz ma może moze tylko
        wszystko nic coś cos jeśli żeby no dobrze
    """,
    "id": """
        yang dan di ke dari untuk dengan ini itu ada adalah tidak tak nggak enggak gak ga bukan ya
        saya aku gue gua kamu lo lu dia kita kami kalian mereka apa mana kapan kenapa siapa
        bagaimana gimana sudah udah belum lagi akan bisa mau harus juga sangat banget sekali
        terima kasih makasih selamat pagi siang malam besok kemarin sekarang nanti tapi atau kalau
        kalo karena sama aja saja dong sih deh kok bang
    """,
    "ms": """
        yang dan di ke dari untuk dengan ini itu ada ialah tidak tak bukan ya saya aku awak kamu
        dia kita kami mereka apa mana bila kenapa siapa bagaimana macam sudah dah belum lagi akan
        boleh nak mahu harus juga sangat terima kasih selamat pagi petang malam esok semalam
        sekarang nanti tapi atau kalau kerana sebab je lah korang
    """,
    "tl": """
        ang ng sa mga na ay at ako ikaw ka siya kami tayo kayo sila ko mo niya namin natin nila
        ito iyan yan ano saan kailan bakit sino paano hindi oo po opo salamat maraming magandang
        umaga gabi ngayon bukas kahapon lang din rin pa naman kasi pero kung wala may mayroon
        gusto
    """,
    "vi": """
        và là của có không ko được cho với này đó trong một những các tôi mình em anh chị bạn
        chúng mọi người ai gì đâu nào sao khi rồi chưa đã đang sẽ cũng rất quá lắm cảm ơn xin chào
        hôm nay ngày mai bây giờ đi về làm thì mà nhé nha ạ vậy thôi nói
    """,
    "sv": """
        och att det en ett är var jag du han hon vi ni de mig dig sig min din inte nej ja jo tack
        snälla hej god morgon idag imorgon igår nu redan också mycket bra vad när varför vem hur
        med på till från för av om som men eller kan ska vill har hade blir
    """,
    "da": """
        og at det en et er var jeg du han hun vi i de mig dig sig min din ikke nej ja jo tak hej
        god morgen idag imorgen igår nu allerede også meget godt hvad hvor hvornår hvorfor hvem
        hvordan med på til fra for af om som men eller kan skal vil har havde bliver lige
    """,
    "no": """
        og at det en et er var jeg du han hun vi dere de meg deg seg min din ikke nei ja jo takk
        hei god morgen i dag går nå allerede også veldig bra hva hvor når hvorfor hvem hvordan med
        på til fra for av om som men eller kan skal vil har hadde blir litt
    """,
    "fi": """
        ja on ei en et se että minä mä sinä sä hän me te he mun sun minun sinun mitä mikä missä
        milloin miksi kuka miten kiitos moi hei terve hyvää huomenta tänään huomenna eilen nyt jo
        vielä myös tosi hyvin kyllä joo mutta tai jos kun niin ole oli olen onko
    """,
    "cs": """
        a v na se si že je jsou byl byla být já ty on ona my vy oni mě mi tě ti ne ano jo to ten
        ta co kde kdy proč kdo jak ale nebo už ještě taky také velmi moc děkuji díky prosím ahoj
        dobrý den dnes dneska zítra včera teď mám máš má může jen všechno nic něco jestli aby
        dobře
    """,
    "ro": """
        și si în in la de pe cu din pentru un o este e sunt era eu tu el ea noi voi ei mă te se nu
        da ce unde când cine cum dar sau deja încă foarte mulțumesc multumesc mersi rog salut bună
        buna ziua azi mâine ieri acum am ai are pot vreau tot nimic ceva dacă că bine
    """,
    "hu": """
        a az és egy nem igen hogy van volt vagyok te én ő mi ti ők meg is de vagy mit hol mikor
        miért ki hogyan köszönöm köszi kérem szia sziasztok jó reggelt napot ma holnap tegnap most
        már még nagyon kell lehet csak ha ez azt
    """,
    "sw": """
        na ya wa kwa ni la za katika si hapana ndiyo ndio mimi wewe yeye sisi ninyi wao hii hiyo
        nini wapi lini nani vipi asante sana tafadhali habari jambo leo kesho jana sasa lakini au
        kama bado tu pia yangu yako
    """,
}


@cache
def speakers() -> Mapping[str, tuple[str, ...]]:
    """In which languages each word is common. It is bare of accents and capitals."""
    found: dict[str, list[str]] = defaultdict(list)
    for tongue, words in _COMMON.items():
        for word in dict.fromkeys(map(folded, words.split())):
            found[word].append(tongue)
    return {word: tuple(tongues) for word, tongues in found.items()}
