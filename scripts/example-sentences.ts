/** What the written examples say, and what the emotion examples speak: all of it composed for this project. */

export interface WrittenPair {
  /** The pack's class. */
  class: string;
  /** What tells it from others of its class; also the name of its file, where it has one. */
  id: string;
  a: string;
  b: string;
}

/** Comments as people write them, three for each class. */
export const comments: Record<string, string[]> = {
  happy: [
    'We got the flat! I cannot stop smiling.',
    'Best birthday ever, thank you all so much for coming.',
    'She laughed for the first time today and it made my whole week.',
  ],
  sad: [
    'The house is so quiet since he is gone.',
    'I thought we would grow old together, and now I eat alone.',
    "I miss my grandmother's voice every single day.",
  ],
  angry: [
    'You promised it would be fixed today, and you did nothing. Again!',
    'Stop moving my things without asking, I am sick of it.',
    'This is the third time they lost my parcel, and nobody even says sorry.',
  ],
  neutral: [
    'The bus leaves at ten past eight from the other side of the street.',
    'You can find the form on the second page of the manual.',
    'They usually put the bread next to the milk.',
  ],
};

/** What people say of a film they have seen, three for each sentiment. */
export const reviews: Record<string, string[]> = {
  Positive: [
    'I laughed the whole way through, and I would watch it again tomorrow.',
    'The acting is wonderful, and the last scene made me cry.',
    'It is the best film I have seen with my kids this year.',
  ],
  Negative: [
    'After half an hour I wanted my money back.',
    'The story makes no sense and none of the jokes are funny.',
    'It is far too long, and I did not care about anyone in it.',
  ],
};

/** Words without a mood: only the voice tells the classes apart. */
export const spokenSentence = 'A letter is lying on the table.';

/** How espeak-ng is asked to say it (SSML 1.1 §3.2.4): a caricature of each mood. */
export const moods: Record<string, { pitch: number; speed: number; range: string; volume: string }> = {
  happy: { pitch: 68, speed: 185, range: 'x-high', volume: 'loud' },
  sad: { pitch: 22, speed: 120, range: 'x-low', volume: 'soft' },
  angry: { pitch: 48, speed: 210, range: 'high', volume: 'x-loud' },
  neutral: { pitch: 45, speed: 160, range: 'medium', volume: 'medium' },
};

/** Product titles without the word that names the type; `id` is the garment of example-garments.ts that they go with. */
export const titles: { class: string; id: string; label: string; text: string }[] = [
  { class: 'Shirts', id: 'shirt', label: 'shirt', text: 'Northquay Men Slim Fit Full Sleeve Sky Blue' },
  { class: 'Tshirts', id: 't-shirt', label: 'T-shirt', text: 'Plainfold Men Round Neck Cotton Red' },
  {
    class: 'Trousers',
    id: 'trousers',
    label: 'trousers',
    text: 'Northquay Men Flat Front Regular Fit Charcoal',
  },
  { class: 'Sweaters', id: 'sweater', label: 'sweater', text: 'Harrow Lane Women Ribbed Wool Blend Green' },
  {
    class: 'Formal Shoes',
    id: 'formal-shoe',
    label: 'formal shoe',
    text: 'Harrow Lane Men Leather Lace Up Black',
  },
  {
    class: 'Sports Shoes',
    id: 'sports-shoe',
    label: 'sports shoe',
    text: 'Fleetline Men Running Mesh White Orange',
  },
  { class: 'Heels', id: 'heel', label: 'heel', text: 'Bellarosa Women Pointed Party Stiletto Pink' },
  {
    class: 'Flip Flops',
    id: 'flip-flop',
    label: 'flip-flop',
    text: 'Fleetline Unisex Beach Rubber Thong Navy',
  },
  { class: 'Watches', id: 'watch', label: 'watch', text: 'Merrow Men White Dial Steel Case Leather Strap' },
  { class: 'Handbags', id: 'handbag', label: 'handbag', text: 'Bellarosa Women Double Handle Zip Tan Tote' },
  {
    class: 'Sunglasses',
    id: 'sunglasses',
    label: 'sunglasses',
    text: 'Merrow Unisex Polarised UV Protected Dark Lens',
  },
  { class: 'Belts', id: 'belt', label: 'belt', text: 'Harrow Lane Men Leather Brass Buckle Brown' },
];

/** In the manner of each of the four topics, Latin with our own English; no verse is copied. */
export const verses: WrittenPair[] = [
  {
    class: 'Narrative and law',
    id: 'field',
    a: 'Et mensi sunt agrum a puteo usque ad viam, et partiti sunt eum inter quattuor fratres.',
    b: 'And they measured the field from the well as far as the road, and they divided it among the four brothers.',
  },
  {
    class: 'Narrative and law',
    id: 'stray',
    a: 'Si quis invenerit ovem vicini sui errantem in agro, reducet eam ante vesperam, et non accipiet pretium.',
    b: 'If anyone finds a sheep of his neighbor straying in the field, he shall lead it back before evening, and he shall not accept a price.',
  },
  {
    class: 'Prophets',
    id: 'north',
    a: 'Hæc dicit Dominus ad montes aquilonis: Ecce ego siccabo fontes vestros, et pastores vestri fugient ante messem.',
    b: 'Thus says the Lord to the mountains of the north: Behold, I will dry up your springs, and your shepherds will flee before the harvest.',
  },
  {
    class: 'Prophets',
    id: 'weights',
    a: 'Væ civitati quæ ponit pondera falsa in porta: ululabunt turres eius, et non erit qui claudat ostium.',
    b: 'Woe to the city that sets false weights at the gate: her towers will wail, and there will be no one to close the door.',
  },
  {
    class: 'Wisdom',
    id: 'tongue',
    a: 'Lingua festina frangit amicitiam: qui autem tacet in ira, domum suam custodit.',
    b: 'A hasty tongue breaks a friendship, but he who is silent in anger guards his house.',
  },
  {
    class: 'Wisdom',
    id: 'cloud',
    a: 'Sicut umbra nubis super aquam, sic lætitia stulti: transit, et aqua non meminit.',
    b: 'Like the shadow of a cloud over water, so is the joy of a fool: it passes, and the water does not remember.',
  },
  {
    class: 'New Testament',
    id: 'nets',
    a: 'Et cum descendisset ad litus, interrogabant eum piscatores: Magister, ubi mittemus retia? Ille autem dixit eis: Ubi timetis.',
    b: 'And when he had gone down to the shore, the fishermen were asking him: Master, where shall we cast the nets? But he said to them: Where you are afraid.',
  },
  {
    class: 'New Testament',
    id: 'guests',
    a: 'Scribo vobis, fratres, ut in fide stetis sine murmure, et hospites vestros cum gaudio suscipiatis.',
    b: 'I write to you, brothers, so that you may stand firm in faith without murmuring, and receive your guests with joy.',
  },
];
