//! The texts: cities, and what is offered in each, in the language of the city's page.

/// How many themes there are, in either language.
pub(super) const THEMES: usize = 10;

/// A language of the catalogue.
#[derive(Clone, Copy)]
pub(super) enum Language {
    English,
    Russian,
}

impl Language {
    pub(super) const fn themes(self) -> &'static [Theme; THEMES] {
        match self {
            Self::English => &ENGLISH,
            Self::Russian => &RUSSIAN,
        }
    }
}

/// Where excursions are.
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) language: Language,
    pub(super) meeting_point: &'static str,
    pub(super) about: &'static str,
}

/// What they are about.
pub(super) struct Theme {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) minutes: i32,
    pub(super) hour: u32,
    pub(super) euros: u32,
}

const fn city(
    name: &'static str,
    language: Language,
    meeting_point: &'static str,
    about: &'static str,
) -> City {
    City {
        name,
        language,
        meeting_point,
        about,
    }
}

const fn theme(title: &'static str, minutes: i32, hour: u32, euros: u32, description: &'static str) -> Theme {
    Theme {
        title,
        description,
        minutes,
        hour,
        euros,
    }
}

use Language::{English, Russian};

pub(super) const CITIES: [City; 20] = [
    city(
        "Москва",
        Russian,
        "У памятника Пушкину",
        "Москва открывается тем, кто идёт пешком.",
    ),
    city(
        "Санкт-Петербург",
        Russian,
        "У Казанского собора",
        "Город рек, мостов и белых ночей.",
    ),
    city(
        "Казань",
        Russian,
        "У башни Сююмбике",
        "Здесь мечети и колокольни стоят рядом.",
    ),
    city(
        "Нижний Новгород",
        Russian,
        "У Дмитриевской башни кремля",
        "Отсюда видно, как Ока впадает в Волгу.",
    ),
    city(
        "Калининград",
        Russian,
        "У Рыбной деревни",
        "Старый Кёнигсберг и море в получасе пути.",
    ),
    city(
        "Сочи",
        Russian,
        "У Морского вокзала",
        "Горы начинаются прямо за последним домом.",
    ),
    city(
        "Псков",
        Russian,
        "У ворот Крома",
        "Крепость, которую никто не взял с первого раза.",
    ),
    city(
        "Великий Новгород",
        Russian,
        "У памятника Тысячелетию",
        "Берестяные грамоты рассказывают о жизни горожан.",
    ),
    city(
        "Ярославль",
        Russian,
        "У Спасского монастыря",
        "Церкви XVII века и широкая Волга.",
    ),
    city(
        "Владивосток",
        Russian,
        "У фуникулёра",
        "Мосты, бухты и свет Тихого океана.",
    ),
    city(
        "Lisbon",
        English,
        "The steps of Santa Catarina",
        "Seven hills, and a river that looks like the sea.",
    ),
    city(
        "Porto",
        English,
        "The upper deck of Dom Luís I",
        "Granite, tiles and the smell of port wine.",
    ),
    city(
        "Riga",
        English,
        "The House of the Blackheads",
        "Nowhere else has so much art nouveau.",
    ),
    city(
        "Tallinn",
        English,
        "Viru Gate",
        "The walls still stand, and so do their stories.",
    ),
    city(
        "Rome",
        English,
        "The fountain on Piazza Navona",
        "Every cellar here is older than most cities.",
    ),
    city(
        "Prague",
        English,
        "The Powder Tower",
        "A city that was never in a hurry.",
    ),
    city(
        "Edinburgh",
        English,
        "The Mercat Cross",
        "Wynds, closes, and a ghost in each of them.",
    ),
    city(
        "Istanbul",
        English,
        "The Galata Tower",
        "Two continents, and a ferry between them.",
    ),
    city(
        "Athens",
        English,
        "Monastiraki station",
        "Marble above, music below.",
    ),
    city(
        "Bruges",
        English,
        "The Belfry",
        "Canals, lace, and chocolate at every corner.",
    ),
];

const ENGLISH: [Theme; THEMES] = [
    theme(
        "rooftops at dawn",
        120,
        5,
        35,
        "Over the roofs while the streets are still asleep, with tea from a flask.",
    ),
    theme(
        "the old town on foot",
        150,
        8,
        20,
        "Courtyards, passages and the people who lived behind them.",
    ),
    theme(
        "markets and what to eat there",
        180,
        9,
        45,
        "Eight stalls, eight bites, and how to bargain for the ninth.",
    ),
    theme(
        "a boat at sunset",
        90,
        17,
        40,
        "The city from the water, when the windows begin to glow.",
    ),
    theme(
        "castles and fortress walls",
        210,
        9,
        30,
        "Where the cannons stood, and what they were aimed at.",
    ),
    theme(
        "museums without the queues",
        180,
        10,
        50,
        "Three collections, the five things in each that are worth the way.",
    ),
    theme(
        "street art and back alleys",
        120,
        13,
        18,
        "Murals, stencils, and the stories of those who painted at night.",
    ),
    theme(
        "a bicycle along the river",
        240,
        8,
        32,
        "Flat roads, two stops, one of them for cake.",
    ),
    theme(
        "ghosts and legends by lantern",
        90,
        20,
        22,
        "What the guidebooks leave out, told where it happened.",
    ),
    theme(
        "a day trip with a picnic",
        480,
        7,
        75,
        "Out of town by bus, a walk in the hills, a basket, and back by evening.",
    ),
];

const RUSSIAN: [Theme; THEMES] = [
    theme(
        "прогулка по крышам на рассвете",
        120,
        5,
        35,
        "Крыши, пока улицы ещё спят, и горячий чай из термоса.",
    ),
    theme(
        "старый город пешком",
        150,
        8,
        20,
        "Дворы, проходные арки и истории тех, кто за ними жил.",
    ),
    theme(
        "рынки и местная кухня",
        180,
        9,
        45,
        "Восемь прилавков, восемь блюд и немного искусства торговаться.",
    ),
    theme(
        "на катере на закате",
        90,
        17,
        40,
        "Город с воды в час, когда загораются окна.",
    ),
    theme(
        "крепости и дворцы",
        210,
        9,
        30,
        "Где стояли пушки и кто смотрел на них из окон дворца.",
    ),
    theme(
        "музеи без очередей",
        180,
        10,
        50,
        "Три собрания и по пять вещей в каждом, ради которых стоит прийти.",
    ),
    theme(
        "уличное искусство и тихие переулки",
        120,
        13,
        18,
        "Росписи, трафареты и рассказы тех, кто рисовал по ночам.",
    ),
    theme(
        "на велосипеде вдоль набережных",
        240,
        8,
        32,
        "Ровная дорога и две остановки, одна из них с пирогом.",
    ),
    theme(
        "легенды и привидения при фонарях",
        90,
        20,
        22,
        "То, о чём молчат путеводители, там, где это случилось.",
    ),
    theme(
        "поездка за город с пикником",
        480,
        7,
        75,
        "Автобусом за город, прогулка по холмам, корзина с едой, к вечеру обратно.",
    ),
];
