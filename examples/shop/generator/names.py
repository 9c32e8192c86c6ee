"""The vocabulary of the made data: people, places, goods. Nobody in here exists."""

# country: (weight, cities as (name, latitude, longitude), female names, male names, surnames)
COUNTRIES: dict[str, tuple[float, list[tuple[str, float, float]], list[str], list[str], list[str]]]
COUNTRIES = {
    "PL": (
        0.52,
        [
            ("Warszawa", 52.2297, 21.0122),
            ("Kraków", 50.0647, 19.9450),
            ("Łódź", 51.7592, 19.4560),
            ("Wrocław", 51.1079, 17.0385),
            ("Gdańsk", 54.3520, 18.6466),
            ("Białystok", 53.1325, 23.1688),
        ],
        ["Anna", "Zofia", "Małgorzata", "Agnieszka", "Łucja", "Żaneta", "Katarzyna"],
        ["Jan", "Paweł", "Stanisław", "Michał", "Łukasz", "Grzegorz", "Józef"],
        ["Nowak", "Wójcik", "Kamińska", "Dąbrowska", "Źrebiec", "Mazur", "Śliwa", "Gołąb"],
    ),
    "DE": (
        0.20,
        [
            ("Berlin", 52.5200, 13.4050),
            ("München", 48.1351, 11.5820),
            ("Köln", 50.9375, 6.9603),
            ("Leipzig", 51.3397, 12.3731),
        ],
        ["Anna", "Käthe", "Jutta", "Sophie", "Grete", "Änne"],
        ["Jörg", "Lukas", "Günther", "Björn", "Max", "Uwe"],
        ["Müller", "Schröder", "Weiß", "Krüger", "Lange", "Vogel"],
    ),
    "CZ": (
        0.09,
        [("Praha", 50.0755, 14.4378), ("Brno", 49.1951, 16.6068), ("Plzeň", 49.7384, 13.3736)],
        ["Tereza", "Jiřina", "Šárka", "Věra", "Eliška"],
        ["Jiří", "Ondřej", "Tomáš", "Řehoř", "Petr"],
        ["Novák", "Dvořák", "Černá", "Růžička", "Svoboda"],
    ),
    "CH": (
        0.08,
        [("Zürich", 47.3769, 8.5417), ("Genève", 46.2044, 6.1432), ("Bern", 46.9480, 7.4474)],
        ["Noémie", "Vreni", "Céline", "Regula"],
        ["Urs", "Reto", "François", "Beat"],
        ["Brönnimann", "Zwingli", "D'Aubigné", "Rüegg"],
    ),
    "SE": (
        0.06,
        [("Malmö", 55.6050, 13.0038), ("Göteborg", 57.7089, 11.9746)],
        ["Åsa", "Märta", "Ebba", "Linnéa"],
        ["Göran", "Åke", "Björn", "Nils"],
        ["Öberg", "Åström", "Lindqvist", "Sjögren"],
    ),
    "TR": (
        0.05,
        [("İstanbul", 41.0082, 28.9784), ("Iğdır", 39.9200, 44.0450)],
        ["Işıl", "Gül", "Ayşe"],
        ["İbrahim", "Çağrı", "Mehmet"],
        ["Yılmaz", "Öztürk", "Çelik"],
    ),
}

# category: (price from, price to, brands, nouns)
CATEGORIES: dict[str, tuple[int, int, list[str], list[str]]] = {
    "skincare": (
        9,
        85,
        ["Lumi", "Rosa Dzika", "Hedera"],
        ["Day Cream", "Serum", "Cleanser", "Mask"],
    ),
    "makeup": (6, 48, ["Karmin", "Lumi", "Brokat"], ["Lipstick", "Mascara", "Blush", "Palette"]),
    "fragrance": (28, 160, ["Maison Mgła", "Hedera"], ["Eau de Parfum", "Cologne", "Body Mist"]),
    "haircare": (5, 34, ["Fala", "Rosa Dzika"], ["Shampoo", "Conditioner", "Hair Oil"]),
    "spa": (12, 95, ["Solanka", "Hedera"], ["Bath Salt", "Massage Oil", "Candle", "Peeling"]),
    "wellness": (8, 42, ["Zioła & Co", "Solanka"], ["Herbal Tea", "Sleep Drops", "Vitamin C"]),
    "gifts": (15, 120, ["Lumi", "Maison Mgła", "Solanka"], ["Gift Box", "Gift Card", "Advent Set"]),
}
WORDS = ["Bloom", "Mist", "Amber", "Noir", "Pure", "Mint", "Velvet", "Dawn", "Żar", "Été"]

# (store, city, country, opened)
STORES = [
    ("Miła Nowy Świat", "Warszawa", "PL", "2016-05-12"),
    ("Miła Arkadia", "Warszawa", "PL", "2019-09-01"),
    ("Miła Rynek", "Kraków", "PL", "2017-03-25"),
    ("Miła Piotrkowska", "Łódź", "PL", "2018-11-10"),
    ("Miła Długa", "Gdańsk", "PL", "2020-06-06"),
    ("Miła Świdnicka", "Wrocław", "PL", "2021-02-28"),
    ("Miła Mitte", "Berlin", "DE", "2019-04-01"),
    ("Miła Ehrenfeld", "Köln", "DE", "2022-10-15"),
    ("Miła Vinohrady", "Praha", "CZ", "2021-08-20"),
    ("Miła Niederdorf", "Zürich", "CH", "2023-03-03"),
    ("Miła Stora Nygatan", "Malmö", "SE", "2024-05-05"),
    ("Miła Outlet", "Wrocław", "PL", "2024-09-09"),
]

INDUSTRIES = ["hotel", "spa", "beauty salon", "office", "retail"]
ACCOUNT_NAMES = ["Hotel Bałtyk", "Salon Urody Iskra", "Thermal Spa", "Kontor", "Dom Handlowy"]
INTERESTS = ["skincare", "spa", "yoga", "travel", "vegan", "fashion", "running", "gardening"]
CONCERNS = ["dry skin", "sensitive skin", "acne", "ageing", "sun protection"]
COMMENTS = ["szybka dostawa", "Danke!", "too expensive", "paczka uszkodzona", "love the samples"]
