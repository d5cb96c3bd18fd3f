"""The lexicon of feelings: words with what they weigh, words of degree, and mixtures that are words of their own.

Data only, written by hand; `emotion.py` reads descriptions with it. A code has a letter and tenths for each
dimension: Happy Angry sad (N) aFraid Disgusted Melancholic Surprised Calm.
"""

from __future__ import annotations

LEXICON_TEXT = """
H8 happy happily glad gladly cheerful cheerfully delighted joy joyful joyfully smiling smile smiles pleased
H8 grinning merry jolly happiness
H8 高兴 开心 快乐 愉快 欢快 喜悦 高高兴兴 开开心心 乐呵呵 笑眯眯 欣喜 喜 乐 微笑 甜甜 甜美 爽 幸福 满意
H9 laughter giggling giggle chuckling ecstatic overjoyed elated thrilled excited excitedly hyped playful
H9 playfully
H8 笑 laugh laughs laughing
H6 好笑 不错 funny amused
H9 大笑 兴奋 激动 狂喜 欢呼 雀跃 哈哈 俏皮 调皮 嬉笑 得意 热情 活泼 元气 嘻嘻 撒娇
H6C3 warm warmly friendly kind kindly tender tenderly loving lovingly affectionate hopeful proud proudly
H6C3 grateful relieved flirty
H6C3 温暖 亲切 友好 宠溺 深情 自豪 骄傲 感激 感动 欣慰 期待 害羞 羞涩 暧昧 甜蜜 松了口气 如释重负
A8 screams shouts shout yell yells 喊 怒骂 骂
F6A3 scream screaming shrieking 尖叫 惨叫
A8 angry angrily anger mad hateful furious furiously rage raging enraged shouting yelling hostile fierce
A8 fiercely threatening menacing
A8 生气 愤怒 发火 怒 暴怒 恼怒 气愤 怒吼 咆哮 吼 大喊 凶 凶狠 恶狠狠 威胁 咬牙切齿 怒气冲冲 发飙 炸毛 恼火 气死
A8 气呼呼 气鼓鼓 又气 好气 很气 真气
N6M4 unhappy
A5N3 upset 没好气 憋屈
A6 annoyed irritated impatient impatiently grumpy frustrated stern sternly scolding resentful jealous bitter
A6 bitterly
A6 不耐烦 烦躁 烦 责备 指责 严厉 训斥 抱怨 不满 嫉妒 吃醋 埋怨 暴躁 怨恨
N8 sad sadly sadness unhappily sorrow sorrowful crying cry cries weeping sobbing sob tearful tearfully
N8 heartbroken grief grieving mournful
N8 难过 悲伤 伤心 哭 哭泣 哭腔 哽咽 抽泣 啜泣 流泪 含泪 带泪 心碎 悲痛 痛哭 泣不成声 委屈 悲 哀 绝望 哀伤 哭着
N5M4 disappointed regretful sorry apologetic lonely homesick pitiful hopeless despairing desperate pleading
N5M4 begging
N5M4 失望 遗憾 后悔 愧疚 抱歉 孤独 寂寞 可怜 恳求 哀求 心疼 无助
F8 afraid fear fearful fearfully scared terrified terror horror horrified frightened panic panicked panicking
F8 trembling shaking dread
F8 害怕 恐惧 惊恐 恐慌 惊慌 慌张 惧 怕 发抖 颤抖 战战兢兢 毛骨悚然 吓坏 慌 瑟瑟发抖 胆怯 恐怖
F5 nervous nervously anxious anxiously worried timid timidly tense uneasy hesitant hesitantly stuttering shy
F5 shyly
F5 紧张 焦虑 担心 不安 忐忑 怯生生 犹豫 结巴 心虚 着急 焦急 担忧 急
D8 disgusted disgust disgusting revolted repulsed loathing sickened gross
D8 厌恶 恶心 嫌弃 反感 憎恶 作呕 讨厌 嫌恶 鄙夷
D6A3 contempt contemptuous contemptuously scornful scorn disdain disdainful mocking mockingly sneering sneer
D6A3 smug arrogant
D6A3 轻蔑 不屑 鄙视 蔑视 嘲笑 冷笑 瞧不起 傲慢 轻视 藐视 嗤之以鼻 嘲弄
D5A3H2 sarcastic sarcastically sarcasm ironic ironically snarky passive-aggressive teasing
D5A3H2 阴阳怪气 讽刺 嘲讽 挖苦 揶揄 反讽 戏谑
M8 melancholic melancholy gloomy gloomily depressed dejected wistful wistfully weary wearily tired tiredly
M8 sighing sigh nostalgic bored
M8 忧郁 低落 沮丧 消沉 郁闷 惆怅 疲惫 疲倦 无奈 叹气 叹息 怀念 伤感 丧 颓废 失落 累 落寞 有气无力 心灰意冷 无聊
M8 忧伤 忧愁
S8 surprised surprise surprisingly amazed astonished shocked shock startled stunned disbelief wow unbelievable
S8 gasping
S8 惊讶 吃惊 震惊 惊奇 诧异 惊呆 意外 惊 不敢相信 难以置信 目瞪口呆 大吃一惊 错愕 惊叹
S6H5 惊喜 amusement awe awestruck wonder curious curiously
S4H3 好奇 疑惑 困惑 confused puzzled
C8 emotionless monotone deadpan expressionless 毫无感情 没有感情 面无表情 毫无表情
C8 calm calmly neutral neutrally peaceful peacefully relaxed plain flat serene composed normal natural steady
C8 平静 冷静 淡定 中性 自然 沉稳 镇定 正常 平和 安静 从容 淡淡 平淡 默认 放松
C6 gentle gentle gently soft softly whisper whispers whispering whispered quiet quietly soothing sleepy serious
C6 seriously solemn cold coldly
C6 温柔 轻声 低声 悄悄 耳语 柔和 轻柔 安慰 严肃 认真 庄重 冷淡 冷漠 冷冷 慵懒 困倦 小声 郑重
"""
DEGREES_TEXT = """
0.45 有点 有些 略微 微微 稍微 一丝 些许 略 有一点 一点 一点点 slightly somewhat mildly faintly a_little a_bit
0.45 a_hint_of a_touch_of
0.8 比较 还算 较 fairly quite rather pretty
1.15 很 挺 好 蛮 真 really so
1.25 非常 十分 特别 超 超级 太 相当 very deeply super
1.4 极其 极度 极 无比 万分 彻底 歇斯底里 extremely incredibly utterly absolutely completely totally hysterically
"""

MIXTURES: dict[str, str] = {
    "hate": "A6D4", "恨": "A6D4", "悲喜交加": "H5N6", "哭笑不得": "H4N4S2", "喜极而泣": "H8N4", "苦笑": "N4H3M3",
    "强颜欢笑": "N5H4", "皮笑肉不笑": "D5H2", "又惊又喜": "S7H7", "破涕为笑": "H7N4", "气急败坏": "A9F2",
    "bittersweet": "N5H4", "悲愤": "A6N6", "惊怒": "S5A6", "哭着笑": "H4N6",
}  # fmt: skip
"""Words that weigh what no line of the lexicon says."""
