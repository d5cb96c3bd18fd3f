"""Words whose reading a character table gets wrong in running speech: neutral tones and split readings.

Words that matter for tone sandhi alone stand in `WORDS`. Data only: one word a line or between semicolons, each with its numbered pinyin before sandhi.
"""

from __future__ import annotations

_WORDS = """
妈妈 ma1 ma5; 爸爸 ba4 ba5; 哥哥 ge1 ge5; 姐姐 jie3 jie5; 弟弟 di4 di5; 妹妹 mei4 mei5; 爷爷 ye2 ye5
奶奶 nai3 nai5; 叔叔 shu1 shu5; 舅舅 jiu4 jiu5; 姑姑 gu1 gu5; 婆婆 po2 po5; 公公 gong1 gong5; 太太 tai4 tai5
宝宝 bao3 bao5; 谢谢 xie4 xie5; 星星 xing1 xing5; 娃娃 wa2 wa5; 猩猩 xing1 xing5; 看看 kan4 kan5; 试试 shi4 shi5
听听 ting1 ting5; 想想 xiang3 xiang5; 等等 deng3 deng5; 说说 shuo1 shuo5; 走走 zou3 zou5; 坐坐 zuo4 zuo5
聊聊 liao2 liao5; 玩玩 wan2 wan5; 地方 di4 fang5; 东西 dong1 xi5; 事情 shi4 qing5; 朋友 peng2 you5
先生 xian1 sheng5; 时候 shi2 hou5; 意思 yi4 si5; 知道 zhi1 dao5; 认识 ren4 shi5; 喜欢 xi3 huan5
漂亮 piao4 liang5; 明白 ming2 bai5; 清楚 qing1 chu5; 舒服 shu1 fu5; 告诉 gao4 su5; 觉得 jue2 de5; 记得 ji4 de5
懂得 dong3 de5; 值得 zhi2 de5; 显得 xian3 de5; 舍得 she3 de5; 懒得 lan3 de5; 晓得 xiao3 de5; 免得 mian3 de5
省得 sheng3 de5; 难得 nan2 de2; 获得 huo4 de2; 取得 qu3 de2; 得到 de2 dao4; 得了吧 de2 le5 ba5; 麻烦 ma2 fan5
热闹 re4 nao5; 厉害 li4 hai5; 便宜 pian2 yi5; 暖和 nuan3 huo5; 凉快 liang2 kuai5; 结实 jie1 shi5; 老实 lao3 shi5
故事 gu4 shi5; 消息 xiao1 xi5; 关系 guan1 xi5; 客气 ke4 qi5; 力气 li4 qi5; 脾气 pi2 qi5; 福气 fu2 qi5
运气 yun4 qi5; 天气 tian1 qi4; 眼睛 yan3 jing5; 耳朵 er3 duo5; 鼻子 bi2 zi5; 嘴巴 zui3 ba5; 头发 tou2 fa5
脑袋 nao3 dai5; 胳膊 ge1 bo5; 屁股 pi4 gu5; 尾巴 wei3 ba5; 衣服 yi1 fu5; 窗户 chuang1 hu5; 钥匙 yao4 shi5
豆腐 dou4 fu5; 葡萄 pu2 tao5; 馒头 man2 tou5; 骨头 gu2 tou5; 木头 mu4 tou5; 石头 shi2 tou5; 舌头 she2 tou5
枕头 zhen3 tou5; 拳头 quan2 tou5; 丫头 ya1 tou5; 前头 qian2 tou5; 后头 hou4 tou5; 里头 li3 tou5; 休息 xiu1 xi5
打听 da3 ting5; 打扮 da3 ban5; 商量 shang1 liang5; 收拾 shou1 shi5; 招呼 zhao1 hu5; 答应 da1 ying5
耽误 dan1 wu5; 月亮 yue4 liang5; 太阳 tai4 yang2; 云彩 yun2 cai5; 师傅 shi1 fu5; 大夫 dai4 fu5; 丈夫 zhang4 fu5
媳妇 xi2 fu5; 姑娘 gu1 niang5; 学生 xue2 sheng5; 孩子 hai2 zi5; 小子 xiao3 zi5; 老婆 lao3 po5; 名字 ming2 zi5
笑话 xiao4 hua5; 生意 sheng1 yi5; 主意 zhu3 yi5; 护士 hu4 shi5; 部分 bu4 fen5; 本事 ben3 shi5; 功夫 gong1 fu5
工夫 gong1 fu5; 大意 da4 yi5; 精神 jing1 shen5; 合同 he2 tong5; 怎么 zen3 me5; 什么 shen2 me5; 这么 zhe4 me5
那么 na4 me5; 多么 duo1 me5; 为什么 wei4 shen2 me5; 干什么 gan4 shen2 me5; 我们 wo3 men5; 你们 ni3 men5
他们 ta1 men5; 她们 ta1 men5; 它们 ta1 men5; 咱们 zan2 men5; 人们 ren2 men5; 大家 da4 jia1; 早上 zao3 shang5
晚上 wan3 shang5; 路上 lu4 shang5; 身上 shen1 shang5; 脸上 lian3 shang5; 手上 shou3 shang5; 世上 shi4 shang5
马上 ma3 shang4; 家里 jia1 li5; 心里 xin1 li5; 这里 zhe4 li5; 那里 na4 li5; 哪里 na3 li5; 手里 shou3 li5
眼里 yan3 li5; 夜里 ye4 li5; 哪些 na3 xie1; 那些 na4 xie1; 对不起 dui4 bu5 qi3; 了不起 liao3 bu5 qi3
来不及 lai2 bu5 ji2; 差不多 cha4 bu5 duo1; 看不见 kan4 bu5 jian4; 受不了 shou4 bu5 liao3; 忍不住 ren3 bu5 zhu4
舍不得 she3 bu5 de5; 怪不得 guai4 bu5 de5; 恨不得 hen4 bu5 de5; 不得了 bu4 de2 liao3; 不得不 bu4 de2 bu4
不由得 bu4 you2 de5; 巴不得 ba1 bu5 de5; 说不定 shuo1 bu5 ding4; 用不着 yong4 bu5 zhao2; 没得 mei2 de2
只得 zhi3 de2; 少不了 shao3 bu5 liao3; 忘不了 wang4 bu5 liao3; 大不了 da4 bu5 liao3; 免不了 mian3 bu5 liao3
死不了 si3 bu5 liao3; 睡不着 shui4 bu5 zhao2; 必得 bi4 dei3; 总得 zong3 dei3; 都得 dou1 dei3; 还得 hai2 dei3
非得 fei1 dei3; 可得 ke3 dei3; 就得 jiu4 dei3; 得去 dei3 qu4; 得走 dei3 zou3; 大都市 da4 du1 shi4; 都市 du1 shi4
首都 shou3 du1; 家长 jia1 zhang3; 家长会 jia1 zhang3 hui4; 校长 xiao4 zhang3; 队长 dui4 zhang3
成长 cheng2 zhang3; 长大 zhang3 da4; 生长 sheng1 zhang3; 长得 zhang3 de5; 长相 zhang3 xiang4; 会长 hui4 zhang3
团长 tuan2 zhang3; 船长 chuan2 zhang3; 院长 yuan4 zhang3; 班长 ban1 zhang3; 长辈 zhang3 bei4; 擅长 shan4 chang2
漫长 man4 chang2; 延长 yan2 chang2; 长城 chang2 cheng2; 长度 chang2 du4; 长期 chang2 qi1; 长久 chang2 jiu3
身长 shen1 chang2; 特长 te4 chang2; 长长了 zhang3 chang2 le5; 长时间 chang2 shi2 jian1; 教会 jiao1 hui4; 教训 jiao4 xun5; 教室 jiao4 shi4; 还给 huan2 gei3; 还钱 huan2 qian2; 归还 gui1 huan2
还书 huan2 shu1; 偿还 chang2 huan2; 还债 huan2 zhai4; 重来 chong2 lai2; 重开 chong2 kai1; 重启 chong2 qi3
重生 chong2 sheng1; 重伤 zhong4 shang1; 重写 chong2 xie3; 重做 chong2 zuo4; 重播 chong2 bo1; 重合 chong2 he2
重逢 chong2 feng2; 重置 chong2 zhi4; 弹幕 dan4 mu4; 子弹 zi3 dan4; 炸弹 zha4 dan4; 弹琴 tan2 qin2
弹吉他 tan2 ji2 ta1; 反弹 fan3 tan2; 技能 ji4 neng2; 血条 xue4 tiao2; 流血 liu2 xue4; 吐血 tu4 xie3
角色 jue2 se4; 主角 zhu3 jue2; 配角 pei4 jue2; 角落 jiao3 luo4; 主播 zhu3 bo1; 直播间 zhi2 bo1 jian1
直播 zhi2 bo1; 宝子 bao3 zi5; 粉丝 fen3 si1; 游戏 you2 xi4; 怪物 guai4 wu5; 大招 da4 zhao1; 首杀 shou3 sha1
调整 tiao2 zheng3; 空调 kong1 tiao2; 单调 dan1 diao4; 调皮 tiao2 pi2; 调查 diao4 cha2; 调子 diao4 zi5
数数 shu3 shu4; 数到 shu3 dao4; 数一数 shu3 yi1 shu3; 师父 shi1 fu5; 着急 zhao2 ji2; 着火 zhao2 huo3; 着凉 zhao2 liang2; 睡着 shui4 zhao2; 找着 zhao3 zhao2
沿着 yan2 zhe5; 跟着 gen1 zhe5; 意味着 yi4 wei4 zhe5; 接着 jie1 zhe5; 穿着 chuan1 zhe5; 活着 huo2 zhe5
干嘛 gan4 ma2; 干吗 gan4 ma2; 干活 gan4 huo2; 能干 neng2 gan4; 干净 gan1 jing4; 饼干 bing3 gan1; 干脆 gan1 cui4
干掉 gan4 diao4; 好奇 hao4 qi2; 爱好 ai4 hao4; 假期 jia4 qi1; 放假 fang4 jia4; 请假 qing3 jia4
似的 shi4 de5; 是的 shi4 de5; 目的 mu4 di4; 的确 di2 que4; 的士 di1 shi4; 打的 da3 di1; 真的 zhen1 de5
有的 you3 de5; 为了 wei4 le5; 因为 yin1 wei4; 认为 ren4 wei2; 成为 cheng2 wei2; 以为 yi3 wei2; 行为 xing2 wei2
行不行 xing2 bu5 xing2; 不行 bu4 xing2; 银行 yin2 hang2; 行长 hang2 zhang3; 一行字 yi1 hang2 zi4
第一行 di4 yi1 hang2; 同行 tong2 hang2; 行业 hang2 ye4; 内行 nei4 hang2; 外行 wai4 hang2; 了解 liao3 jie3
了断 liao3 duan4; 明了 ming2 liao3; 了事 liao3 shi4; 倒是 dao4 shi4; 倒霉 dao3 mei2; 倒下 dao3 xia4
倒数 dao4 shu3; 倒计时 dao4 ji4 shi2; 摔倒 shuai1 dao3; 打倒 da3 dao3; 晕倒 yun1 dao3; 空闲 kong4 xian2
有空 you3 kong4; 没空 mei2 kong4; 天空 tian1 kong1; 抽空 chou1 kong4; 处理 chu3 li3; 到处 dao4 chu4
好处 hao3 chu4; 相处 xiang1 chu3; 难处 nan2 chu4; 快乐 kuai4 le4; 音乐 yin1 yue4; 转身 zhuan3 shen1
转圈 zhuan4 quan1; 转账 zhuan3 zhang4; 传说 chuan2 shuo1; 自传 zi4 zhuan4; 传记 zhuan4 ji4; 种子 zhong3 zi5
种地 zhong4 di4; 种树 zhong4 shu4; 各种 ge4 zhong3; 这种 zhe4 zhong3; 那种 na4 zhong3; 背包 bei1 bao1
背叛 bei4 pan4; 背后 bei4 hou4; 背锅 bei1 guo1; 应该 ying1 gai1; 反应 fan3 ying4
回应 hui2 ying4; 应付 ying4 fu5; 恶心 e3 xin5; 可恶 ke3 wu4; 厌恶 yan4 wu4; 凶恶 xiong1 e4; 曾经 ceng2 jing1
曾祖 zeng1 zu3; 给予 ji3 yu3; 供给 gong1 ji3; 系鞋带 ji4 xie2 dai4; 累积 lei3 ji1; 好累 hao3 lei4
太累 tai4 lei4; 很累 hen3 lei4; 累了 lei4 le5; 朝着 chao2 zhe5; 朝我 chao2 wo3; 朝阳 zhao1 yang2
今朝 jin1 zhao1; 一会儿 yi1 hui4 er5; 这会儿 zhe4 hui4 er5; 一点儿 yi1 dian3 er5; 有点儿 you3 dian3 er5
哪儿 na3 er5; 这儿 zhe4 er5; 那儿 na4 er5; 女儿 nv3 er2; 儿子 er2 zi5; 婴儿 ying1 er2; 幼儿 you4 er2
孤儿 gu1 er2; 儿童 er2 tong2; 儿女 er2 nv3; 健儿 jian4 er2; 男儿 nan2 er2; 少儿 shao4 er2; 胎儿 tai1 er2
生儿 sheng1 er2; 宠儿 chong3 er2; 儿媳 er2 xi2; 儿科 er2 ke1; 一个 yi1 ge4; 这个 zhe4 ge5; 那个 na4 ge5
哪个 na3 ge5; 个个 ge4 ge4
"""

_RISING = """
老虎 小姐 水果 雨伞 手表 老板 可以 所以 也许 只好 理解 勇敢 美好 永远 友好 管理 领导 辅导
海岛 赶紧 打扰 影响 语法 手指 粉笔 表演 采访 演讲 小组 举手 洗澡 洗脸 好久 本领 你好 很好
老鼠 蚂蚁 广场 导演 勉强 口语 厂长 首长 选举 减少 简短 检讨 古董 鼓掌 鬼脸 海水 缓解 悔改
假使 剪纸 讲解 奖品 脚本 紧紧 警犬 酒鬼 苦恼 傀儡 懒散 冷饮 礼品 理想 旅馆 马虎 买主 满嘴
敏感 母语 奶粉 脑海 扭转 品种 起码 起早 抢险 请柬 取暖 软骨 审美 使者 始祖 手软 首脑 耍嘴
水手 水獭 体检 土壤 瓦解 往返 舞女 舞蹈 洗手 显眼 享有 小鬼 小丑 许久 选手 雪景 眼睑 养老
以往 引起 饮水 永久 有礼 与否 雨水 远古 早点 早起 展览 掌管 整理 只有 指导 指使 主导 主讲
转眼 阻挡 总理 祖母 产品 场景 吵嘴 处女 打赌 打垮 胆敢 党委 抵挡 典礼 点火 抖擞 反省 粉底
辅佐 保守 保险 堡垒 宝岛 饱满 本土 比拟 彼此 表姐 补考 草稿 好好 长老 把手 走访 左手 小狗
小鸟 小手 小雨 小脚 老酒 老友 冷水 五百 五点 五码 九点 两点 两本 两百 死守 死板 火把 火腿
火种 火海 法宝 法语 反感 反悔 好感 搞鬼 搞好 给我 给你 找我 找你 想你 想我 请你 请我 等你
等我 养你 耳语
"""
"""Words of two third tones, whose readings are plain: they matter as the words sandhi happens in."""

WORDS: frozenset[str] = frozenset(_RISING.split())
"""Words a run divides into, beside those that have an entry in `READINGS`."""

READINGS: dict[str, tuple[str, ...]] = {
    word: tuple(syllables)
    for entry in _WORDS.replace("\n", ";").split(";")
    if entry.strip()
    for word, *syllables in [entry.split()]
}
"""Word to numbered pinyin, one syllable a character."""

ALONE: dict[str, str] = {
    "谁": "shei2", "嗯": "en1", "教": "jiao1", "血": "xue4", "哦": "o4", "喔": "o1", "诶": "ei1", "欸": "ei1",
    "的": "de5", "了": "le5", "着": "zhe5", "吗": "ma5", "呢": "ne5", "吧": "ba5", "啊": "a5", "呀": "ya5",
    "嘛": "ma5", "啦": "la5", "哇": "wa5", "们": "men5", "么": "me5", "哟": "yo5", "还": "hai2", "都": "dou1",
    "长": "zhang3", "只": "zhi3", "得": "de5", "地": "di4", "行": "xing2", "重": "zhong4", "为": "wei4", "和": "he2",
    "干": "gan4", "哈": "ha1", "哎": "ai1", "唉": "ai4", "喂": "wei4", "嘿": "hei1", "当": "dang1", "种": "zhong3",
    "那": "na4", "哪": "na3", "没": "mei2", "弹": "tan2", "空": "kong1", "累": "lei4", "背": "bei4", "转": "zhuan3",
    "倒": "dao4", "传": "chuan2", "数": "shu4", "差": "cha4", "少": "shao3", "好": "hao3", "看": "kan4", "假": "jia3",
    "难": "nan2", "分": "fen1", "给": "gei3", "朝": "chao2", "调": "tiao2", "尽": "jin4", "几": "ji3", "卷": "juan3",
    "幺": "yao1", "零": "ling2", "〇": "ling2",
}  # fmt: skip
"""Readings of characters that stand as words of their own."""
