"""Trains the linear reader of descriptions: our own phrases in our own frames, a softmax over hashed n-grams.

Every phrase here was written for this purpose. Run it as `python -m oncue.model.training.stages.feelings OUT.npz`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncue.model.text.emotion import plain_words
from oncue.model.text.ngrams import BUCKETS, CLASSES, LinearReader, features

STEMS: dict[str, str] = {
    "happy": """欢快 欢乐 乐观 畅快 痛快 舒畅 心情愉悦 兴奋不已 乐滋滋 庆功 中奖 获奖感言 拿了冠军 好消息 撒花 明媚 轻快 眉飞 欢喜 乐 喜 spirited delightful joyfully cheery gleefully glowing rejoicing ecstatically party celebrate celebrating_a_birthday victory_dance win sunshine optimism fun laugh glad_news wonderful dancing singing_happily delighted_child pleased_as_punch
        喜上眉梢 眉飞色舞 乐开了花 欢声 春风满面 喜滋滋 乐颠颠 合不拢嘴 心情大好 雀跃不已 喜出望外 欢欣鼓舞 神采飞扬 欢快明亮
        喜气 蹦蹦跳跳 载歌载舞 乐陶陶 满面春风 美得冒泡 胜利者的喜悦 扬眉吐气 打了胜仗 甜到心里 兴冲冲 笑逐颜开 笑得合不拢嘴 笑嘻嘻
        beaming|full_of_joy|brimming_with_happiness|laughing_out_loud|bouncy|giddy|in_a_festive_mood|with_a_big_smile|elated_and_proud
        skipping_with_joy|celebratory|radiant|lighthearted|exuberant|chirpy|tickled_pink|jumping_for_joy|jolly_and_loud|blissful
        joyous|excited_about_the_party|winning_the_lottery|thrilled_to_bits|sparkling|merrily|enthusiastically|triumphant|victorious""",
    "angry": """怒 火 火大 发怒 怒意 气愤难平 喝斥 训人 骂人 吵架 争吵 咬牙切齿地骂 凶狠地 暴怒 狂怒 恨恨 恼 不爽 动怒 气急 发脾气 大吼大叫 furiously teeth_clenched rage_filled raging_boss explosive loses_it shouty anger_management outrage bitter_argument cursing swearing scold yell bark spit glare burning_with_anger hostile attack fierce_accusation
        怒气冲天 火气很大 怒发冲冠 勃然大怒 大发雷霆 七窍生烟 气冲冲 怒喝 怒斥 骂骂咧咧 拍案而起 忍不下去 气得发抖 气得跺脚
        怒吼着 咬牙 杀气腾腾 满腔怒火 怒视 气炸了 恨得牙痒 翻脸 凶巴巴 横眉竖眼 吹胡子瞪眼 火药味 拍着桌子 摔门 恶声恶气 怒极 愤愤不平 义愤填膺
        fuming|infuriated|blowing_up|ready_to_explode|with_clenched_fists|hissing_with_fury|mad_as_hell|roaring|snarling|indignant
        slamming_the_table|enraged_and_shouting|growling_threats|incensed|irate|bitter_and_furious|cross|outburst_of_anger|vengeful
        exploding_with_fury|angrily_scolding|red_with_rage|wrathful|heated|lashing_out|aggressively|temper_rising|insulted_and_mad""",
    "sad": """泪 泪水 眼泪 泪光 哭 哀 悲 悲哀 哀愁 伤 心伤 难过得 伤感地 痛 苦 委屈 欲哭无泪 泪眼婆娑 哭得 哽 抹泪 擦眼泪 丧亲 遗言 tear crying cry sob grief sorrowfully sadly heartache heartbreak mourn funeral lost_love weep farewell_letter misery despair sorrow_filled woe goodbye_forever dying_words wept broke_down
        潸然泪下 泪如雨下 热泪 泪汪汪 眼含泪水 泪眼 哀痛 痛苦地 肝肠欲断 心碎 悲恸 哀嚎 凄凉 悲戚 呜呜 哭诉 抽抽搭搭 抽噎 声音沙哑含泪 眼圈红了
        失去亲人 葬礼上 哀悼 诀别 送别 痛失 悲悲切切 悲凉 心痛 酸楚 苦涩 难受得想哭 伤感落泪 眼泪止不住 带着泪 悲鸣 痛心 鼻子发酸
        in_tears|crying_softly|full_of_sorrow|mournful|bereaved|heavy_hearted|tears_streaming|whimpering|bawling|sorrowful_goodbye
        wounded|anguished|aching_heart|sniffling|lamenting|after_the_funeral|lost_everything|hurting_inside|weepy|crushed
        grieving_mother|holding_back_tears|wailing|tragic|saddened|crying_her_eyes_out|pained|agonized|losing_a_friend""",
    "afraid": """怕 惧 恐 吓 慌 胆怯 发怵 寒毛 冷汗 抖 发抖 战战 恐怖 惊恐 心慌 心悸 怯场 恐惧颤抖 躲起来 黑暗中 被追杀 fear panic scare dread fright horror shake shaky tremble nervously anxiously anxiety phobia danger running_away screaming_in_fear monster chased timid coward hide helpless_victim edgy spook tense
        惊恐万分 吓得发抖 瑟瑟 哆哆嗦嗦 战栗 汗毛倒竖 冷汗直流 毛骨悚然 心里发毛 腿软 恐惧地 惶惶 胆小 怯懦 怯怯 畏惧 担惊受怕 诚惶诚恐
        面如土色 吓得脸色发白 吓得不敢出声 缩成一团 发颤 颤巍巍 惊惶失措 慌慌张张 慌乱 忐忑 心惊肉跳 大气不敢出 做噩梦 鬼 逃命 害怕极了
        scared_to_death|shivering|quivering_voice|horror_stricken|frozen_in_terror|fearing_for_his_life|alarmed|apprehensive|spooky
        quaking|hiding_from_a_monster|nervous_wreck|cold_sweat|chilled_to_the_bone|panicky|hysterical_with_fear|frightened_child
        stammering|haunted|threatened|begging_for_mercy|hair_standing_on_end|fearfully|panic_stricken|uneasy_and_shaky|shuddering|ghost""",
    "disgusted": """嫌 脏 臭 恶 呕 吐 鄙 轻蔑地 不屑 讥 讽 嘲 蔑 唾弃似 瞧不起 反感 讨厌 恶寒 一脸鄙视 腻 厌 令人厌恶 disgust disgustedly repulse repulsive nausea sick smelly trash dirt contempt scorn scornfully sneer mockery dislike loathe despise garbage insect bug_in_the_food mould ugh
        恶心 嫌恶 鄙视 鄙夷 不屑一顾 讥讽 讥笑 奚落 冷笑着 刻薄 尖酸刻薄 嫌弃 轻蔑 蔑视 翻白眼 撇嘴 啐了一口 呸 脏死了 臭死了 肮脏 想呕
        恶臭 倒胃口 作呕 憎恶 瞧不上 看扁 高高在上 居高临下 皱着鼻子 皱眉嫌 厌弃 唾骂 不齿 鄙薄 挖苦 嘲弄 阴阳怪气 讽刺 轻视 腻烦 恶俗
        revolted|yuck|eww|nasty|repugnant|loathing|vile|stomach_turning|holding_his_nose|rolling_her_eyes|looking_down_on|condescending
        contemptuous|scoffing|jeering|sarcastic|mocking|snide|filthy|gross|disdainful|abhorrent|distasteful|vomiting|retching|foul
        appalled_by_the_filth|curling_his_lip|spitting_out|belittling|haughty|derisive|detesting|stench|slimy""",
    "melancholic": """愁 忧 郁 闷 惆 怅 叹 丧 颓 灰 黯 落魄 失意 失落 消极 倦 累 乏 无聊 寂寞 思念 忧心 苍凉 低迷 melancholia sigh sighs low tired weariness bored boredom dull rain old_days memories dejection depressed despondently gloomily wistfully nostalgically solitude lonesome emptiness
        惆怅 怅惘 忧愁 忧伤 愁绪 愁苦 愁容 抑郁 郁闷 低沉 低落 消沉 颓丧 颓然 沮丧 灰心 灰暗 落寞 寂寥 孤寂 孤单 怀旧 思乡 追忆往昔 怀念
        叹气 叹息 长叹 唉声叹气 无力 没精打采 萎靡 疲惫 倦怠 心累 意兴阑珊 若有所失 空落落 黄昏 秋雨 下雨天 没劲 提不起劲 无可奈何 苦闷 百感交集
        melancholy|sighing|gloom|bluesy|moody|forlorn|downcast|despondent|low_spirits|disheartened|yearning|homesick|nostalgia
        lethargic|worn_out|tired_of_life|reminiscing|autumn_rain|empty_inside|rueful|dreary|lonely_night|weary
        regretting_the_past|lost_hope|discouraged|bittersweet_memories|faded|moping|sullen|glum|resigned|subdued|drooping""",
    "surprised": """惊 讶 愕 诧 呆 愣 傻 懵 瞪眼 不敢信 料 料不到 意外地 忽然 怎么会 不可能 咋舌 大开眼界 吓了一跳地 惊掉下巴 奇怪 surprise surprising shock shockingly astonish amazed stunned stun startle unexpectedly suddenly gasp gasps disbelief really wonder confounded incredible revelation plot_twist dazed
        惊呼 惊叫 惊讶 震惊 惊愕 愕然 瞪大双眼 张大嘴 傻眼 懵了 不敢置信 难以置信 不可置信 想不到 没料到 出人意料 意想不到 始料未及 晴天霹雳
        天哪 居然 竟然 怎么可能 一惊 吓一跳 大为惊奇 惊诧 诧异 好奇怪 惊异 呆住 石化 瞬间愣 猛然 突如其来 意外 真的假的 什么情况 哇 咦
        shocked|astounded|speechless|no_way|oh_my_god|mind_blown|blown_away|thunderstruck|bewildered|staggered|unexpected
        out_of_the_blue|jaw_dropped|eyes_wide|did_not_see_that_coming|incredulous|disbelieving|sudden|wow|whoa|agape|awestruck|gobsmacked
        surprise_party|astonishing|stupefied|double_take|what_on_earth|open_mouthed|unbelievable|shocking_news|never_expected""",
    "calm": """平 静 稳 淡 缓 慢 和 安 平心静气 沉静 和气 平淡 平常 自然 不带感情 没有波澜 温柔 温婉 轻轻 柔声 细声细语 不动声色 闲适 calmness serene serenely peace peacefully quietly slowly softness gently relaxing relaxation tone_of_a_teacher report neutral neutrally factual steadily evenly balanced controlled lull
        平平静静 平静地 平缓 稳重 沉着 沉稳 镇静 镇定 冷静 淡然 淡定 恬淡 恬静 安详 安宁 宁静 温和 平和 和缓 舒缓 柔和 轻柔 轻声 低声
        不紧不慢 不急不躁 慢慢地讲 缓缓道 徐徐 理性 理智 冷静分析 播音腔 旁白 解说 叙述 陈述 朗读 没有情绪 正经 从容 悠然 悠闲 放松 冥想 睡前故事
        calming|peaceful|placid|composed|steady|measured|even_tempered|unemotional|objective|flat_delivery|narrator|documentary
        reading_the_news|storyteller|reassuring|mellow|gentle|softly|quiet|slow_and_steady|at_ease|zen|meditation|laid_back|still
        deadpan|plainly|rational|soothing|hushed|lullaby|clear_and_even|businesslike|professional|informative""",
    "none": """今天 天气 桌子 椅子 电脑 苹果 三点钟 开会 北京 上海 地铁 公交车 作业 课本 电话号码 一二三四 这里 那里 什么 请 说 念 读 声音 语气 样子 的时候
        吃饭 喝水 走路 银行 手机 超市 文件 老师 学生 项目 周一 早上 图书馆 键盘 打印 快递 念出来 读一下 说出来 这句话 那个人 第一行 下一句 语速快 声音大一点
        table|chair|computer|the|a|apple|meeting|at_three|train|homework|phone|number|one_two_three|here|there|say_it|read_it|speak|voice|tone
        tomorrow|lunch|water|walking|bank|office|the_weather|paper|printer|monday|morning|library|keyboard|package|document|asdf|qwerty|lorem_ipsum
        faster|louder|slower|english|chinese|next_line|this_sentence|male|female|accent|microphone|car|house|city|street|window|door""",
}  # fmt: skip
"""Phrases by class, divided by spaces and bars; _ is a space."""

FRAMES_ZH = (
    "{}", "{}地说", "{}的语气", "用{}的口吻", "{}的样子", "显得{}", "有些{}地讲", "听起来{}", "语调{}", "{}，慢慢开口", "一边{}一边说", "非常{}",
)  # fmt: skip
FRAMES_EN = (
    "{}", "in a {} voice", "sounding {}", "{} tone", "very {}", "with {}", "a bit {}", "as if {}", "speaking, {}", "say it {}",
    "{} and quick", "like someone {}",
)  # fmt: skip
_STEPS = 150
_RATE = 0.1
_DECAY = 3e-6
_BOUND = 127


def phrases(name: str) -> tuple[str, ...]:
    """The bare phrases of one class, those of the lexicon that are of one mind included."""
    listed = tuple(word.replace("_", " ") for word in STEMS[name].replace("|", " ").split())
    return (*listed, *plain_words(name)) if name != "none" else listed


def framed(seed: int) -> list[tuple[str, int]]:
    """(description, class) pairs: every phrase bare and in some frames of its language."""
    rng = random.Random(seed)
    rows = []
    for label, name in enumerate(CLASSES):
        for phrase in phrases(name):
            frames = FRAMES_EN if phrase.isascii() else FRAMES_ZH
            chosen = {frames[0], *rng.sample(frames, 5)}
            rows += [(frame.format(phrase).lower(), label) for frame in sorted(chosen)]
    return rows


def fit(rows: Sequence[tuple[str, int]]) -> LinearReader:
    """A softmax regression with weight decay by Adam over all rows at once, every class weighing the same."""
    from scipy.sparse import csr_matrix

    buckets = [features(text) for text, _ in rows]
    ends = np.cumsum([0, *map(len, buckets)])
    shares = np.concatenate([np.full(len(found), max(1.0, len(found)) ** -0.5) for found in buckets])
    table = csr_matrix((shares, np.concatenate(buckets), ends), shape=(len(rows), BUCKETS), dtype=np.float64)
    table.sum_duplicates()
    labels = np.eye(len(CLASSES))[[label for _, label in rows]]
    balance = (len(rows) / len(CLASSES) / labels.sum(0))[labels.argmax(1)][:, None]
    weights, bias = np.zeros((BUCKETS, len(CLASSES))), np.zeros(len(CLASSES))
    slow, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        logits = table @ weights + bias
        grown = np.exp(logits - logits.max(1, keepdims=True))
        error = balance * (grown / grown.sum(1, keepdims=True) - labels) / len(rows)
        gradient = table.T @ error + _DECAY * weights
        slow = 0.9 * slow + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        weights -= _RATE * (slow / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
        bias -= _RATE * error.sum(0)
    return _rounded(weights, bias)


def _rounded(weights: NDArray[np.float64], bias: NDArray[np.float64]) -> LinearReader:
    """Weights as whole numbers of one byte, with a scale for each class."""
    scale = np.abs(weights).max(0) / _BOUND
    return LinearReader(np.round(weights / scale).astype(np.int8), scale.astype(np.float32), bias.astype(np.float32))


def main(path: Path, seed: int = 0) -> None:
    """Train and write the file of weights."""
    reader = fit(framed(seed))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, weights=reader.weights, scale=reader.scale, bias=reader.bias)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
